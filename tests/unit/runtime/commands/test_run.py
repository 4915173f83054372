import os
import subprocess

from hutch.linux import process
from hutch.runtime.commands import run


def wait(*argv: str) -> int:
    child = subprocess.Popen(argv)
    pidfd = process.pidfd_open(child.pid)
    try:
        return run.wait(child.pid, pidfd, -1)
    finally:
        os.close(pidfd)
        child.returncode = 0


def test_exit_codes_are_those_of_a_shell() -> None:
    assert wait("/bin/sh", "-c", "exit 7") == 7
    assert wait("/bin/sh", "-c", "kill -9 $$") == 137
