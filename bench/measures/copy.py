"""``cp`` of ten thousand files, 200 MB, and of the image's own files: into a running container and out of it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from archive import FILES, SIZE
from bundle import folder_of_this_run
from engine import Engine
from measure import Measure

BOX = "bench-copy-box"


def tree() -> Path:
    """A folder of files, a hundred in each of its folders."""
    folder = folder_of_this_run() / "copy-files"
    if not folder.exists():
        draw = random.Random(7)
        for number in range(FILES):
            path = folder / f"d{number // 100}" / f"f{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(draw.randbytes(SIZE))
    return folder


def prepare(engine: Engine) -> None:
    """A container with the files in it."""
    engine.run("rm", "-f", BOX, quiet=False)
    debian = engine.image.replace("busybox", "debian")
    engine.run("run", "-d", "--name", BOX, "--network", "none", debian, "sleep", "100000")
    engine.run("cp", f"{tree()}/.", f"{BOX}:/files")


def copy(engine: Engine) -> dict[str, float]:
    """In and out, of both trees."""
    out = folder_of_this_run() / f"copy-out-{engine.name}"
    took = {"cp-in-files": engine.timed("cp", str(tree()), f"{BOX}:/in")}
    engine.run("exec", BOX, "rm", "-rf", "/in")
    for metric, path in (("cp-out-files", "/files"), ("cp-out-debian", "/usr")):
        took[metric] = engine.timed("cp", f"{BOX}:{path}", str(out))
        if metric == "cp-out-debian":
            took["cp-in-debian"] = engine.timed("cp", str(out), f"{BOX}:/in")
            engine.run("exec", BOX, "rm", "-rf", "/in")
        shutil.rmtree(out)
    return took


def clean(engine: Engine) -> None:
    """No container is left."""
    engine.remove(BOX, quiet=False)


MEASURE = Measure("copy", copy, rounds=3, prepare=prepare, clean=clean)
