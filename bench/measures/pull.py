"""From a registry on this machine, with nothing of the images there."""

from __future__ import annotations

from archive import IMAGES
from engine import Engine
from measure import Measure

from measures.push import load, name, push, remove


def put(engine: Engine) -> None:
    """Have the images in the registry alone."""
    load(engine)
    push(engine)
    for kind in IMAGES:  # pushing one has emptied the registry of the others
        engine.run("push", name(engine, kind))
    remove(engine)


def pull(engine: Engine) -> dict[str, float]:
    """``pull`` of each."""
    took = {}
    for kind in IMAGES:
        took[f"pull-{kind}"] = engine.timed("pull", name(engine, kind))
        engine.run("rmi", name(engine, kind))
    return took


MEASURE = Measure("pull", pull, rounds=3, warm=False, prepare=put, clean=remove, needs=("registry", "registry_data"))
