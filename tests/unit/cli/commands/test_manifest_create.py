"""``hutch manifest create`` against a scripted engine."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

KIND = "application/vnd.docker.distribution.manifest.v2+json"
PART = {"mediaType": "m", "size": 1, "digest": "sha256:c"}
RAW = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": PART, "layers": []}).encode()


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "settings"))
    return tmp_path / "settings"


def answer(*refs: str, several: bool = False) -> Any:
    """What the engine says about a registry's manifest."""
    where = {"architecture": "amd64", "os": "linux"}
    descriptor = {"mediaType": KIND, "digest": "sha256:d", "size": 9, "platform": where}
    rows = [{"Ref": ref, "Descriptor": descriptor, "Raw": base64.b64encode(RAW).decode()} for ref in refs]
    return {"List": several, "Manifests": rows}


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
