"""``hutch manifest inspect`` against a scripted engine."""

from __future__ import annotations

import json
from typing import Any

from support.manifests import RAW, answer


def test_one(engine: Any, hutch: Any) -> None:
    engine.on("GET /hutch/manifests", answer("x.y/a:1"))
    code, out, _ = hutch("manifest", "inspect", "x.y/a:1")
    assert code == 0 and json.loads(out) == json.loads(RAW)
    assert out.startswith('{\n\t"schemaVersion": 2,')
    found = json.loads(hutch("manifest", "inspect", "-v", "x.y/a:1")[1])
    assert found["Ref"] == "x.y/a:1" and found["SchemaV2Manifest"]["layers"] == []


def test_a_list(engine: Any, hutch: Any) -> None:
    engine.on("GET /hutch/manifests", answer("x.y/a:1@d", several=True))
    out = hutch("manifest", "inspect", "x.y/a:1")[1]
    assert out.startswith('{\n   "schemaVersion": 2,') and len(json.loads(out)["manifests"]) == 1
    assert [row["Ref"] for row in json.loads(hutch("manifest", "inspect", "-v", "x.y/a:1")[1])] == ["x.y/a:1@d"]


def test_a_local_list_comes_before_the_registry(engine: Any, hutch: Any) -> None:
    engine.on("GET /hutch/manifests", answer("x.y/a:1"))
    assert hutch("manifest", "create", "x.y/l:1", "x.y/a:1")[0] == 0
    asked = len(engine.asked)
    assert json.loads(hutch("manifest", "inspect", "x.y/l:1")[1])["manifests"][0]["digest"] == "sha256:d"
    assert json.loads(hutch("manifest", "inspect", "x.y/l:1", "x.y/a:1")[1]) == json.loads(RAW)
    assert hutch("manifest", "inspect", "x.y/l:1", "x.y/b:1") == (1, "", "No such manifest: x.y/b:1\n")
    assert len(engine.asked) == asked


def test_nothing_there(engine: Any, hutch: Any) -> None:
    engine.on("GET /hutch/manifests", {"message": "no such manifest: x.y/a:1"}, status=404)
    assert hutch("manifest", "inspect", "x.y/a:1") == (1, "", "no such manifest: x.y/a:1\n")
