"""Running a program of the system to its end, with its output in memory.

Its files are made here, one by one, and closed whatever happens: where ``subprocess`` makes several pipes and there is
no descriptor for the last of them, it forgets the first ones.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from io import FileIO

from hutch.linux.files import write_all


def run(
    command: Sequence[str], *, given: bytes = b"", environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """The exit code of the program, which reads ``given``, and what it wrote. Raises OSError, TimeoutExpired."""
    with ExitStack() as files:
        source, out, err = (files.enter_context(_file()) for _ in range(3))
        write_all(source.fileno(), given)
        source.seek(0)
        done = subprocess.run(
            command, stdin=source, stdout=out, stderr=err, env=environment, cwd="/", timeout=timeout, check=False,
            start_new_session=True,  # what is typed at the daemon's terminal is not for it
        )  # fmt: skip
        return subprocess.CompletedProcess(command, done.returncode, _content(out), _content(err))


def _file() -> FileIO:
    return FileIO(os.memfd_create("hutch-program", os.MFD_CLOEXEC), "r+b")


def _content(file: FileIO) -> bytes:
    file.seek(0)
    return file.readall()
