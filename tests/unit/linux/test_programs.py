from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hutch.linux import programs

ENV = {"PATH": "/usr/bin:/bin"}


def test_what_it_reads_and_writes() -> None:
    done = programs.run(["sh", "-c", "cat; echo err >&2; exit 3"], given=b"in", environment=ENV, timeout=10)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"in", b"err\n")


def test_one_that_does_not_end_or_is_not_there() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        programs.run(["sleep", "10"], environment=ENV, timeout=0.05)
    with pytest.raises(FileNotFoundError):
        programs.run(["/no/such/program"], environment=ENV, timeout=1)


ALONE = """
import os
from hutch.linux import programs
from support.limits import few, opened

run = lambda: programs.run(["true"], environment={"PATH": "/usr/bin:/bin"}, timeout=10)
run()
before, more = opened(os.getpid()), 0
while True:
    try:
        with few(os.getpid(), more):
            run()
        break
    except OSError as error:
        assert error.strerror == "Too many open files", error
    assert opened(os.getpid()) == before, (more, opened(os.getpid()))
    more += 1
assert opened(os.getpid()) == before and 1 < more < 16, more
"""


def test_without_descriptors_it_fails_and_keeps_none() -> None:
    """``subprocess.run(capture_output=True)`` loses a pipe here. In a process that has nothing else open."""
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", ALONE], env={**ENV, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
