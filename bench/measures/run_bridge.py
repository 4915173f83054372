"""The shortest run there is, with the default network."""

from __future__ import annotations

from engine import Engine
from measure import Measure


def run_bridge(engine: Engine) -> dict[str, float]:
    """``run --rm IMAGE true`` on the default bridge."""
    return {"run-bridge": engine.timed("run", "--rm", engine.image, "true")}


MEASURE = Measure("run-bridge", run_bridge, rounds=15)
