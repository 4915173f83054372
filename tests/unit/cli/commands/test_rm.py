"""``hutch rm`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_flags_reach_the_engine(engine: Any, hutch: Any) -> None:
    engine.on("DELETE /containers/a", status=204)
    assert hutch("rm", "-fv", "a") == (0, "a\n", "")
    assert engine.targets() == ["DELETE /containers/a?force=1&v=1"]


def test_a_missing_container_is_no_failure_with_force(engine: Any, hutch: Any) -> None:
    code, out, err = hutch("rm", "-f", "a")
    assert (code, out) == (0, "")
    assert err.startswith("Error response from daemon: No such thing")
    assert hutch("rm", "a")[0] == 1
