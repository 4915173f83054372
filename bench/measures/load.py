"""``load`` of images whose layers the engine does not have, ``save`` of them, and ``import`` of the same root."""

from __future__ import annotations

import tarfile
from pathlib import Path

from archive import IMAGES
from bundle import folder_of_this_run
from engine import Engine
from measure import Measure

IMPORTED = "localhost/bench-own-imported:latest"


def root(engine: Engine, kind: str) -> Path:
    """The one layer of an image as a tar of its own."""
    path = folder_of_this_run() / f"{kind}-root.tar"
    if not path.exists():
        with tarfile.open(IMAGES[kind](engine)) as archive, open(path, "wb") as out:
            out.write(archive.extractfile("layer.tar").read())  # type: ignore[union-attr]
    return path


def prepare(engine: Engine) -> None:
    """Have the archives made."""
    for kind in IMAGES:
        root(engine, kind)


def load(engine: Engine) -> dict[str, float]:
    """Each image: loaded, saved, removed; its root imported, removed."""
    took = {}
    saved = folder_of_this_run() / "saved-again.tar"
    for kind, make in IMAGES.items():
        name = f"localhost/bench-own-{kind}:latest"
        took[f"load-{kind}"] = engine.timed("load", "-q", "-i", str(make(engine)))
        saved.unlink(missing_ok=True)
        took[f"save-{kind}"] = engine.timed("save", "-o", str(saved), name)
        engine.run("rmi", name)
        took[f"import-{kind}"] = engine.timed("import", str(root(engine, kind)), IMPORTED)
        engine.run("rmi", IMPORTED)
    return took


MEASURE = Measure("load", load, rounds=3, warm=False, prepare=prepare)
