"""``cp`` of ten thousand files, 200 MB, and of the image's own files: into a running container and out of it."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from archive import FILES, SIZE
from bundle import folder_of_this_run
from engine import Engine
from measure import Measure

BOX = "bench-copy-box"
MEMORY = "/dev/shm"


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
    """In and out, of both trees; out into memory, and what went in stays till the end.

    For a minute after files were removed ext4 searches past their inodes for every new one, so that the removals of the
    last round would be most of what is measured.
    """
    again = engine.fresh_name()
    with tempfile.TemporaryDirectory(dir=MEMORY) as out:
        return {
            "cp-in-files": engine.timed("cp", str(tree()), f"{BOX}:/files-{again}"),
            "cp-out-files": engine.timed("cp", f"{BOX}:/files", f"{out}/files"),
            "cp-out-debian": engine.timed("cp", f"{BOX}:/usr", f"{out}/usr"),
            "cp-in-debian": engine.timed("cp", f"{out}/usr", f"{BOX}:/usr-{again}"),
        }


def clean(engine: Engine) -> None:
    """No container is left."""
    engine.remove(BOX, quiet=False)


MEASURE = Measure("copy", copy, rounds=3, prepare=prepare, clean=clean)
