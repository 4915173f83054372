"""``hutch manifest push`` against a scripted engine."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from support.manifests import KIND, RAW, answer


def test_push(engine: Any, hutch: Any, settings: Path) -> None:
    engine.on("GET /hutch/manifests", answer("x.y/a:1"))
    engine.on("POST /hutch/manifests", {"Digest": "sha256:l", "Pushed": ["sha256:d"]})
    assert hutch("manifest", "create", "x.y/l:1", "x.y/a:1")[0] == 0
    said = "Pushed ref x.y/l@sha256:d with digest: sha256:d\nsha256:l\n"
    assert hutch("manifest", "push", "x.y/l:1") == (0, said, "")
    assert engine.targets()[-1] == "POST /hutch/manifests?name=x.y/l:1"
    body = engine.body()
    assert body["Manifests"] == [{"Ref": "x.y/a:1", "MediaType": KIND, "Raw": base64.b64encode(RAW).decode()}]
    assert json.loads(base64.b64decode(body["List"]))["mediaType"] == body["MediaType"]
    assert (settings / "manifests/x.y_l-1").exists()
    assert hutch("manifest", "push", "-p", "--insecure", "x.y/l:1") == (0, said, "")
    assert engine.targets()[-1].endswith("&insecure=1") and not (settings / "manifests/x.y_l-1").exists()
    assert hutch("manifest", "push", "x.y/l:1") == (1, "", "No such manifest: x.y/l:1\n")


def test_platforms_must_be_known(engine: Any, hutch: Any) -> None:
    unknown = answer("x.y/a:1")
    unknown["Manifests"][0]["Descriptor"]["platform"] = {}
    engine.on("GET /hutch/manifests", unknown)
    assert hutch("manifest", "create", "x.y/l:1", "x.y/a:1")[0] == 0
    message = "manifest x.y/a:1 must have an OS and Architecture to be pushed to a registry\n"
    assert hutch("manifest", "push", "x.y/l:1") == (1, "", message)
