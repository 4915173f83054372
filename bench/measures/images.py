"""``images`` with five hundred of them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from archive import add
from bundle import folder_of_this_run
from engine import Engine
from measure import Measure

COUNT = 500
NAME = "localhost/bench-own-many"


def archive() -> Path:
    """One docker-archive of all of them, which share their layer."""
    path = folder_of_this_run() / "many.tar"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as new:
        add(new, "bench-many", b"x")
    diff = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    about = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff]}}
    rows = []
    with tarfile.open(path, "w") as new:
        add(new, "layer.tar", layer.getvalue())
        for number in range(COUNT):
            config = json.dumps({**about, "config": {"Labels": {"number": str(number)}}})
            add(new, f"{number}.json", config.encode())
            rows.append({"Config": f"{number}.json", "RepoTags": [f"{NAME}:{number}"], "Layers": ["layer.tar"]})
        add(new, "manifest.json", json.dumps(rows).encode())
    return path


def prepare(engine: Engine) -> None:
    """Have them all."""
    engine.run("load", "-q", "-i", str(archive()))


def images(engine: Engine) -> dict[str, float]:
    """The listing. Raises RuntimeError if not all are in it."""
    took = {"images-500": engine.timed("images")}
    listed = engine.run("images", "-q", NAME).count("\n") + 1
    if listed != COUNT:
        raise RuntimeError(f"{engine.name} lists {listed} images of {COUNT}")
    return took


def clean(engine: Engine) -> None:
    """Have none of them."""
    engine.run("rmi", *(f"{NAME}:{number}" for number in range(COUNT)), quiet=False)


MEASURE = Measure("images", images, rounds=9, prepare=prepare, clean=clean)
