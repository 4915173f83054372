from __future__ import annotations

import fcntl
import os

from hutch.runtime.keeper.stdio import PIPE_SIZE, Pipes


def test_three_large_pipes_that_no_child_inherits() -> None:
    pipes = Pipes(stdin=True)
    os.write(pipes.theirs[1], b"out")
    os.write(pipes.theirs[2], b"err")
    os.write(pipes.stdin, b"in")
    assert (os.read(pipes.stdout, 9), os.read(pipes.stderr, 9), os.read(pipes.theirs[0], 9)) == (b"out", b"err", b"in")
    assert fcntl.fcntl(pipes.stdout, fcntl.F_GETPIPE_SZ) in (PIPE_SIZE, 65536)
    assert not any(os.get_inheritable(fd) for fd in (*pipes.theirs, pipes.stdin, pipes.stdout, pipes.stderr))
    pipes.close_theirs()
    assert os.read(pipes.stdout, 9) == b""
    pipes.close_ours()


def test_without_stdin_the_process_gets_the_null_device() -> None:
    pipes = Pipes(stdin=False)
    assert pipes.stdin == -1
    assert os.readlink(f"/proc/self/fd/{pipes.theirs[0]}") == "/dev/null"
    pipes.close_theirs()
    pipes.close_ours()
