"""What an engine answers about a registry's manifests, for tests of ``hutch manifest``."""

from __future__ import annotations

import base64
import json
from typing import Any

KIND = "application/vnd.docker.distribution.manifest.v2+json"
PART = {"mediaType": "m", "size": 1, "digest": "sha256:c"}
RAW = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": PART, "layers": []}).encode()


def answer(*refs: str, several: bool = False) -> Any:
    """What the engine says about a registry's manifest."""
    where = {"architecture": "amd64", "os": "linux"}
    descriptor = {"mediaType": KIND, "digest": "sha256:d", "size": 9, "platform": where}
    rows = [{"Ref": ref, "Descriptor": descriptor, "Raw": base64.b64encode(RAW).decode()} for ref in refs]
    return {"List": several, "Manifests": rows}
