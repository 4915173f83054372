"""``hutch network inspect`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_only_this_kind_is_looked_for(engine: Any, hutch: Any) -> None:
    assert hutch("network", "inspect", "n") == (1, "[]\n", "Error response from daemon: No such thing: /networks/n\n")
    engine.on("GET /networks/n", {"Name": "x"})
    assert hutch("network", "inspect", "n")[1] == '[\n    {\n        "Name": "x"\n    }\n]\n'
