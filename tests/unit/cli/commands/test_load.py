"""``hutch load`` against a scripted engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_uploads_the_file_and_shows_what_was_loaded(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("POST /images/load", {"stream": "Loaded image: a:latest\n"})
    path = tmp_path / "in.tar"
    path.write_bytes(b"x" * 600_000)
    assert hutch("load", "-i", str(path)) == (0, "Loaded image: a:latest\n", "")
    assert engine.asked[0][2] == b"x" * 600_000


def test_errors_of_the_engine_and_of_the_file(engine: Any, hutch: Any) -> None:
    assert hutch("load", "-i", "/nonexistent") == (1, "", "open /nonexistent: no such file or directory\n")
