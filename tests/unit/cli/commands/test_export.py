"""``hutch export`` against a scripted engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_a_file_and_standard_output(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("GET /containers/a/export", b"tar")
    assert hutch("export", "a") == (0, "tar", "")
    assert hutch("container", "export", "-o", str(tmp_path / "x"), "a") == (0, "", "")
    assert (tmp_path / "x").read_bytes() == b"tar"
    assert hutch("export", "-o", "/dev/null", "a")[::2] == (
        1, "failed to export container: cannot write to a character device file\n"
    )  # fmt: skip
    assert hutch("export", "-o", str(tmp_path / "y"), "b")[0] == 1 and not (tmp_path / "y").exists()
