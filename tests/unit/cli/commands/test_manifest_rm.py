"""``hutch manifest rm`` of local lists."""

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


def test_rm(engine: Any, hutch: Any, settings: Path) -> None:
    engine.on("GET /hutch/manifests", answer("x.y/a:1"))
    for name in ("l", "m"):
        assert hutch("manifest", "create", f"x.y/{name}:1", "x.y/a:1")[0] == 0
    message = "No such manifest: x.y/none:1\n"
    assert hutch("manifest", "rm", "x.y/l:1", "x.y/none:1", "x.y/m:1") == (1, "", message)
    assert list((settings / "manifests").iterdir()) == []
