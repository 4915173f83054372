"""From a registry on this machine, with nothing of the images there.

One of kind "skopeo" copies the blobs into a folder and unpacks nothing.
"""

from __future__ import annotations

import shutil

from archive import IMAGES
from bundle import folder_of_this_run
from engine import Engine
from measure import Measure

from measures.push import load, name, push, remove, words


def put(engine: Engine) -> None:
    """Have the images in the registry alone."""
    load(engine)
    push(engine)
    for kind in IMAGES:  # pushing one has emptied the registry of the others
        engine.run(*words(engine, kind))
    remove(engine)


def pull(engine: Engine) -> dict[str, float]:
    """``pull`` of each."""
    took = {}
    for kind in IMAGES:
        if engine.kind == "skopeo":
            folder = folder_of_this_run() / "skopeo"
            source = f"docker://{name(engine, kind)}"
            took[f"pull-{kind}"] = engine.timed("copy", "--src-tls-verify=false", source, f"dir:{folder}")
            shutil.rmtree(folder)
            continue
        took[f"pull-{kind}"] = engine.timed("pull", name(engine, kind))
        engine.run("rmi", name(engine, kind))
    return took


MEASURE = Measure(
    "pull",
    pull,
    rounds=3,
    kinds=("engine", "skopeo"),
    warm=False,
    prepare=put,
    clean=remove,
    needs=("registry", "registry_data"),
)
