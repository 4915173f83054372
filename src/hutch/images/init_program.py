"""The small init of ``--init``, in machine code of our own: process 1 of a container whose command is no init.

It starts the command that follows ``--`` (looked up in PATH), in a process group of its own that gets the terminal if
standard input is one; passes every signal on to it; reaps every orphan of the container; and, when the command has
ended, ends with its code, or with 128 and the signal's number. Signals of its own faults are left to the kernel;
SIGTTIN and SIGTTOU are ignored, so that it can hand over the terminal from the background. The command gets the
signal mask and handlers that the program itself was started with. Outside of a pid namespace of its own, it is the
"subreaper" (prctl(2)) of what it started.

A command that cannot be executed ends it with 127 (not there), 126 (not allowed) or 1.
"""

from __future__ import annotations

from hutch.images import elf, init_amd64, init_arm64
from hutch.linux.files import read_bounded, write_atomic
from hutch.model.errors import Unsupported

TEXTS = (
    ("standard", b"/bin:/usr/bin"),
    ("before", b"docker-init: exec "),
    ("missing", b" failed: no such file or directory\n"),
    ("denied", b" failed: permission denied\n"),
    ("other", b" failed\n"),
)
"""What follows the instructions, each ended by a zero byte: where commands are without PATH, and what is told."""

ROWS = {"amd64": init_amd64.ROWS, "arm64": init_arm64.ROWS}


def create(architecture: str) -> bytes:
    """The program as a static ELF file. Raises Unsupported for an architecture that it is not written for."""
    if architecture not in ROWS:
        raise Unsupported(
            f"no init program of our own for {architecture}", hint="name one with --init-path, such as tini's"
        )
    code = b"".join(bytes.fromhex(row) for row, _ in ROWS[architecture])
    return elf.program(architecture, code + b"".join(text + b"\0" for _, text in TEXTS))


def provide(path: str, architecture: str) -> str:
    """``path``, after making it the program of this version, executable by all. Raises Unsupported, OSError.

    A file that differs is replaced, not written to: containers of a former version go on with theirs.
    """
    program = create(architecture)
    try:
        if read_bounded(path, len(program)) == program:
            return path
    except OSError:
        pass
    write_atomic(path, program, 0o755)
    return path
