"""To an empty registry. Engines need ``registry`` (host:port) and ``registry_data`` (its folder, which is emptied).

One of kind "skopeo" copies out of the archive instead: it keeps no images.
"""

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
        archive = make(engine)
        if engine.kind == "skopeo":
            continue
        local = f"localhost/bench-own-{kind}:latest"
        engine.run("load", "-i", str(archive))
        engine.run("tag", local, name(engine, kind))
        engine.run("rmi", local)


def remove(engine: Engine) -> None:
    """Have them no more."""
    for kind in IMAGES:
        if engine.kind != "skopeo":
            engine.run("rmi", name(engine, kind), quiet=False)


def words(engine: Engine, kind: str) -> list[str]:
    """What tells the engine to push one."""
    if engine.kind == "skopeo":
        archive, target = f"docker-archive:{IMAGES[kind](engine)}", f"docker://{name(engine, kind)}"
        return ["copy", "--dest-tls-verify=false", archive, target]
    return ["push", name(engine, kind)]


def push(engine: Engine) -> dict[str, float]:
    """``push`` of each, with nothing of it there."""
    took = {}
    for kind in IMAGES:
        shutil.rmtree(Path(engine.spec["registry_data"]) / "docker", ignore_errors=True)
        took[f"push-{kind}"] = engine.timed(*words(engine, kind))
    return took


MEASURE = Measure(
    "push",
    push,
    rounds=3,
    kinds=("engine", "skopeo"),
    warm=False,
    prepare=load,
    clean=remove,
    needs=("registry", "registry_data"),
)
