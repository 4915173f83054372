"""The terminal of a process, seen from its master."""

from __future__ import annotations

import os

from hutch.linux import pty
from hutch.model.errors import Conflict
from hutch.runtime.keeper.streams import Streams


def take(streams: Streams, master: int) -> None:
    """Let ``streams`` read from and write to the terminal behind ``master``, which is theirs from now on."""
    streams.read_from("stdout", os.dup(master))
    streams.write_to(os.dup(master), terminal=True)
    streams.terminal = master


def resize(streams: Streams, height: int, width: int) -> None:
    """Give the terminal another size in rows and columns; raises Conflict when there is none."""
    if streams.terminal < 0:
        raise Conflict("cannot resize: the process has no terminal")
    pty.set_size(streams.terminal, height, width)
