"""Processor time of an ``import`` of a gzipped archive, beside that of GNU tar, which unpacks it and does nothing else.

An engine of kind "tar" is the program itself, never the first of a comparison (an engine makes the archives); of the
others it is the daemon's time that counts, with its children's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from archive import IMAGES
from bundle import folder_of_this_run
from engine import Engine
from measure import Measure

from measures.load import IMPORTED, root

TICKS = os.sysconf("SC_CLK_TCK")


def spent(engine: Engine) -> float:
    """Seconds that the engine has worked so far, the children of this program included where it is none."""
    if engine.kind == "tar":
        times = os.times()
        return times.children_user + times.children_system
    pid = Path(engine.spec["pid_file"]).read_text().strip()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def gzipped(engine: Engine, kind: str) -> Path:
    """The one layer of an image as registries and archives have layers: a gzipped tar."""
    plain = root(engine, kind)
    path = plain.with_name(f"{plain.name}.gz")
    if not path.exists():
        subprocess.run(["gzip", "--keep", str(plain)], check=True)
    return path


def prepare(engine: Engine) -> None:
    """Have the archives made, by the first that can."""
    for kind in IMAGES:
        gzipped(engine, kind)


def extract(engine: Engine) -> dict[str, float]:
    """Both trees, unpacked once."""
    took = {}
    for kind in IMAGES:
        archive = str(gzipped(engine, kind))
        before = spent(engine)
        if engine.kind == "tar":
            folder = folder_of_this_run() / "unpacked"
            folder.mkdir()
            engine.run("-x", "-p", "-f", archive, "-C", str(folder))
            took[f"extract-cpu-{kind}"] = spent(engine) - before
            shutil.rmtree(folder)
        else:
            engine.run("import", archive, IMPORTED)
            took[f"extract-cpu-{kind}"] = spent(engine) - before
            engine.run("rmi", IMPORTED)
    return took


MEASURE = Measure("extract-cpu", extract, rounds=3, kinds=("engine", "tar"), prepare=prepare)
