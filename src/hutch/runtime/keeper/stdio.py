"""The pipes between a process and its keeper."""

from __future__ import annotations

import fcntl
import os

from hutch.model.undo import ExitStack

PIPE_SIZE = 1024 * 1024
"""What a process may write before it has to wait for the keeper (pipe(7); the kernel allocates only what is used)."""


class Ends:
    """Our ends of a process's three streams; ``stdin`` may be -1."""

    __slots__ = ("stderr", "stdin", "stdout")

    def __init__(self, stdout: int, stderr: int, stdin: int) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.stdin = stdin


class Pipes(Ends):
    """Both ends of a process's three streams: ``theirs`` for the child, ours by name (``stdin`` may be -1).

    Without ``stdin`` the process gets /dev/null, in which the container's own takes the place of ours
    (:class:`~hutch.runtime.steps.terminal.TakeStreams`).
    """

    __slots__ = ("theirs",)

    def __init__(self, *, stdin: bool) -> None:
        with ExitStack() as undo:
            ends = []
            for _ in range(3 if stdin else 2):
                read, write = os.pipe2(os.O_CLOEXEC)
                undo.callback(os.close, read)
                undo.callback(os.close, write)
                ends.append((read, write))
            for _, write in ends[:2]:
                _enlarge(write)
            their_in, own_in = ends[2] if stdin else (os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC), -1)
            undo.pop_all()
        (own_out, their_out), (own_err, their_err), *_ = ends
        super().__init__(own_out, own_err, own_in)
        self.theirs = (their_in, their_out, their_err)

    def close_theirs(self) -> None:
        """After the child has them: so that the end of the child is the end of the streams."""
        for fd in self.theirs:
            os.close(fd)

    def close_ours(self) -> None:
        """When the child could not be started."""
        for fd in (self.stdin, self.stdout, self.stderr):
            if fd >= 0:
                os.close(fd)


def _enlarge(fd: int) -> None:
    try:
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    except OSError:  # the user's share of pipe memory is used up (pipe(7), pipe-user-pages-soft): 64 KiB work too
        return
