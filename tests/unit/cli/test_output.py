from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.cli import output
from hutch.cli.errors import CommandError


def test_what_cannot_be_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert output.check("/dev/null") == "cannot write to a character device file"
    assert output.check(str(tmp_path)) == "cannot write to a directory"
    assert output.check(str(tmp_path / "fifo")) == "cannot write to a named pipe (FIFO)"
    assert output.check(str(tmp_path / "no/x")) == f"invalid output path: stat {tmp_path}/no: no such file or directory"
    assert output.check(str(tmp_path / "new")) == output.check("new") == ""


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("before")

    def broken() -> Iterator[bytes]:
        yield b"some"
        raise CommandError("the engine went")

    with pytest.raises(CommandError, match="went"):
        output.write(str(path), broken, "failed")
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["out"]
    output.write(str(path), lambda: [b"a", b"b"], "failed")
    assert path.read_bytes() == b"ab" and path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_asked_for_when_it_cannot_be_kept(tmp_path: Path) -> None:
    def asked() -> Iterator[bytes]:
        raise AssertionError("asked")

    with pytest.raises(CommandError, match=r"^failed to save: cannot write to a directory$"):
        output.write(str(tmp_path), asked, "failed to save")
