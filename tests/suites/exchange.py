"""Somebody who exchanges two names while a container starts: the other side of every race about paths."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTS = 25
"""Containers that are started against it."""
SLOWLY = ["strace", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=openat2",
          "-e", "inject=openat2:delay_enter=400"]  # fmt: skip
"""Begins a command whose look-ups in a root wait for 0.4 ms each: what is exchanged meanwhile is left to chance alone,
and not to which of the two the machine happens to run."""
_WORK = """
import ctypes, os, sys, time
one, two = map(os.fsencode, sys.argv[1:])
renameat2 = ctypes.CDLL(None).renameat2
try:
    os.nice(-20)  # it sleeps most of the time, and is to be awake in time on a machine that is loaded
except OSError:
    pass
print("ready", flush=True)
while os.getppid() == int(os.environ["PARENT"]):
    renameat2(-100, one, -100, two, 2)
    time.sleep(0.00005)
"""


@contextmanager
def exchanging(one: Path, two: Path) -> Iterator[None]:
    """Another process exchanges two names again and again (renameat2(2), RENAME_EXCHANGE); they end as they were."""
    first = one.lstat().st_ino
    command = [sys.executable, "-I", "-S", "-c", _WORK, str(one), str(two)]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, env={"PARENT": str(os.getpid())})
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == b"ready\n"
        yield
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
        if one.lstat().st_ino != first:
            spare = one.with_name("spare")
            two.rename(spare)
            one.rename(two)
            spare.rename(one)
