"""What idle containers cost."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from engine import Engine
from measure import Measure


def pss(pid: str) -> int:
    """Proportional set size of a process in kB."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0
    return int(found.group(1)) if found else 0


def engine_memory(engine: Engine) -> tuple[int, int]:
    """(kB of the daemon, kB of every helper process)."""
    daemon = Path(engine.pid_file).read_text().strip() if engine.pid_file else ""
    helpers = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or entry in (daemon, str(os.getpid())):
            continue
        try:
            line = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(word in line for word in engine.helpers):
            helpers += pss(entry)
    return pss(daemon) if daemon else 0, helpers


def memory(engine: Engine) -> dict[str, float]:
    """kB of all engine processes a running container costs, and the daemon's own; 20 idle containers."""
    daemon_before, helpers_before = engine_memory(engine)
    names = [engine.fresh_name() for _ in range(20)]
    for name in names:
        engine.run("run", "-d", "--name", name, "--network", "none", engine.image, "sleep", "600")
    time.sleep(2)
    daemon_after, helpers_after = engine_memory(engine)
    engine.remove(*names)
    grown = daemon_after + helpers_after - daemon_before - helpers_before
    return {"memory-per-container-kB": grown / len(names), "memory-daemon-kB": float(daemon_before)}


MEASURE = Measure("memory", memory, rounds=1, warm=False)
