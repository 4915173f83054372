"""``hutch import`` against a scripted engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_uploads_with_its_settings(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("POST /images/create", {"status": "sha256:1"})
    path = tmp_path / "in.tar"
    path.write_bytes(b"x")
    assert hutch("import", "-c", "CMD x", "-m", "hi", str(path), "a:b") == (0, "sha256:1\n", "")
    assert engine.targets() == ["POST /images/create?fromSrc=-&repo=a&tag=b&message=hi&changes=CMD%20x"]


def test_addresses_are_the_engines_to_fetch(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/create", {"status": "sha256:1"})
    assert hutch("import", "http://x/y", "a") == (0, "sha256:1\n", "")
    assert engine.targets() == ["POST /images/create?fromSrc=http://x/y&repo=a"]
