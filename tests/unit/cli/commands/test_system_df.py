"""``hutch system df`` against a scripted engine."""

from __future__ import annotations

import json
from typing import Any

USAGE = {
    "LayersSize": 5_000_000,
    "Images": [
        {"Id": "sha256:0123456789abcdef", "RepoTags": ["a:1", "b:2"], "Created": 0, "Size": 5_000_000, "SharedSize": 0,
         "Containers": 1}
    ],
    "Containers": [],
    "Volumes": [{"Name": "v", "Driver": "local", "Scope": "local", "Mountpoint": "/m",
                 "UsageData": {"RefCount": 1, "Size": 12}}],
    "BuildCache": None,
}  # fmt: skip


def test_totals(engine: Any, hutch: Any) -> None:
    engine.on("GET /system/df", USAGE)
    out = hutch("system", "df")[1].splitlines()
    assert out[0] == "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE"
    assert out[1] == "Images          1         1         5MB       0B (0%)"
    assert hutch("system", "df", "--format", "{{.Type}}={{.Size}}")[1].splitlines()[2] == "Local Volumes=12B"


def test_every_object(engine: Any, hutch: Any) -> None:
    engine.on("GET /system/df", USAGE)
    out = hutch("system", "df", "-v")[1]
    assert "a            1         0123456789ab   N/A       5MB       0B            5MB           1\n" in out
    assert "VOLUME NAME   LINKS     SIZE\nv             1         12B\n" in out
    assert out.endswith(
        "Build cache usage: 0B\n\nCACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n"
    )
    told = json.loads(hutch("system", "df", "-v", "--format", "json")[1])
    assert told["Images"][0]["UniqueSize"] == "5MB" and told["BuildCache"] == []
    assert hutch("system", "df", "-v", "--format", "{{range .Volumes}}{{.Name}}{{end}}")[1] == "v\n"
