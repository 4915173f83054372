"""Creating."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_id_file_must_be_new(hutch: Any, engine: Any, tmp_path: Path) -> None:
    engine.on("POST /containers/create", {"Id": "abc"}, status=201)
    path = tmp_path / "id"
    assert hutch("create", "--cidfile", str(path), "x")[0] == 0
    assert path.read_text() == "abc"
    assert "container ID file found" in hutch("create", "--cidfile", str(path), "x")[2]
