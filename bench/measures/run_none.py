"""The shortest run there is, without a network."""

from __future__ import annotations

from bundle import bundle, state
from engine import Engine
from measure import Measure


def run_none(engine: Engine) -> dict[str, float]:
    """``run --rm --network none IMAGE true``, from the command line."""
    if engine.kind == "oci":
        return {
            "run-none": engine.timed(*state(engine), "run", "-b", bundle(engine, "true", ["true"]), engine.fresh_name())
        }
    return {"run-none": engine.timed("run", "--rm", "--network", "none", engine.image, "true")}


MEASURE = Measure("run-none", run_none, rounds=20, kinds=("engine", "oci"))
