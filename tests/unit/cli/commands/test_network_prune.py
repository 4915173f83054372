"""``hutch network prune`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_no_space_is_told(engine: Any, hutch: Any) -> None:
    engine.on("POST /networks/prune", {"NetworksDeleted": ["n"]})
    assert hutch("network", "prune", "-f")[1] == "Deleted Networks:\nn\n\n"
