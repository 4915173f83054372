"""``hutch manifest rm`` of local lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.manifests import answer


def test_rm(engine: Any, hutch: Any, settings: Path) -> None:
    engine.on("GET /hutch/manifests", answer("x.y/a:1"))
    for name in ("l", "m"):
        assert hutch("manifest", "create", f"x.y/{name}:1", "x.y/a:1")[0] == 0
    message = "No such manifest: x.y/none:1\n"
    assert hutch("manifest", "rm", "x.y/l:1", "x.y/none:1", "x.y/m:1") == (1, "", message)
    assert list((settings / "manifests").iterdir()) == []
