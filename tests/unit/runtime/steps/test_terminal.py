from __future__ import annotations

import os
from pathlib import Path

from hutch.linux.paths import Root
from hutch.runtime.steps.terminal import OpenTerminal, OwnStreams, is_null, own_null


def test_descriptions() -> None:
    assert "90x30" in OpenTerminal(30, 90, True).describe()
    assert "/dev/console" not in OpenTerminal(0, 0, False).describe()
    assert OwnStreams(5).describe() == "standard streams belong to uid 5"


def test_only_a_null_device_counts_as_one(tmp_path: Path) -> None:
    """An image may have anything there, a fifo too, which would wait for a writer."""
    (tmp_path / "dev").mkdir()
    with Root.at(str(tmp_path)) as root:
        assert own_null(root) == -1
        os.mkfifo(tmp_path / "dev" / "null")
        assert own_null(root) == -1
        (tmp_path / "dev" / "null").unlink()
        (tmp_path / "dev" / "null").write_text("a file")
        assert own_null(root) == -1
    with Root.at("/") as root:
        fd = own_null(root)
        assert is_null(fd)
        assert os.get_blocking(fd)
        assert os.write(fd, b"gone") == 4
        os.close(fd)
