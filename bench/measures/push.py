"""To an empty registry. Engines need ``registry`` (host:port) and ``registry_data`` (its folder, which is emptied)."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive import IMAGES
from engine import Engine
from measure import Measure


def name(engine: Engine, kind: str) -> str:
    """The name in the engine's registry."""
    return f"{engine.spec['registry']}/bench-own-{kind}:latest"


def load(engine: Engine) -> None:
    """Have the images, under the registry's names."""
    for kind, make in IMAGES.items():
        local = f"localhost/bench-own-{kind}:latest"
        engine.run("load", "-i", str(make(engine)))
        engine.run("tag", local, name(engine, kind))
        engine.run("rmi", local)


def remove(engine: Engine) -> None:
    """Have them no more."""
    for kind in IMAGES:
        engine.run("rmi", name(engine, kind), quiet=False)


def push(engine: Engine) -> dict[str, float]:
    """``push`` of each, with nothing of it there."""
    took = {}
    for kind in IMAGES:
        shutil.rmtree(Path(engine.spec["registry_data"]) / "docker", ignore_errors=True)
        took[f"push-{kind}"] = engine.timed("push", name(engine, kind))
    return took


MEASURE = Measure("push", push, rounds=3, warm=False, prepare=load, clean=remove, needs=("registry", "registry_data"))
