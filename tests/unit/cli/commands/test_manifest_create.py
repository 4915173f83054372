"""``hutch manifest create`` against a scripted engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.manifests import PART, answer


def test_create(engine: Any, hutch: Any, settings: Path) -> None:
    engine.on("GET /hutch/manifests", answer("docker.io/library/a:1"))
    assert hutch("manifest", "create", "l", "a:1") == (0, "Created manifest list docker.io/library/l:latest\n", "")
    assert engine.targets() == ["GET /hutch/manifests?name=docker.io/library/a:1"]
    kept = json.loads((settings / "manifests/docker.io_library_l-latest/docker.io_library_a-1").read_text())
    assert kept["Ref"] == "docker.io/library/a:1" and kept["SchemaV2Manifest"]["config"] == PART
    message = "refusing to amend an existing manifest list with no --amend flag\n"
    assert hutch("manifest", "create", "l", "b") == (1, "", message)
    assert hutch("manifest", "create", "--insecure", "-a", "l", "a:1", "b")[0] == 0
    assert engine.targets()[1:] == ["GET /hutch/manifests?name=docker.io/library/b:latest&insecure=1"]


def test_lists_are_not_put_into_lists(engine: Any, hutch: Any) -> None:
    engine.on("GET /hutch/manifests", answer("r@x", several=True))
    assert hutch("manifest", "create", "l", "a:1") == (1, "", "docker.io/library/a:1 is a manifest list\n")
    assert "requires at least 2 arguments" in hutch("manifest", "create", "l")[2]
