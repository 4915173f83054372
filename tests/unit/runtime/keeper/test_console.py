from __future__ import annotations

import os

import pytest

from hutch.linux import pty
from hutch.model.errors import Conflict
from hutch.runtime.keeper import console
from hutch.runtime.keeper.log import NoLog
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.streams import Streams


def test_a_terminal_is_read_written_resized_and_closed() -> None:
    loop = Loop()
    streams = Streams(loop, NoLog())
    master, slave = os.openpty()
    console.take(streams, master)
    console.resize(streams, 12, 34)
    assert pty.size(slave) == (12, 34)
    assert streams.stdin is not None
    streams.stdin.write(b"typed\n")
    assert os.read(slave, 100) == b"typed\n"
    streams.on_end = loop.stop
    os.close(slave)
    loop.run()
    assert not streams.open
    streams.finish()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(master)
    loop.close()


def test_no_terminal_has_no_size() -> None:
    loop = Loop()
    with pytest.raises(Conflict, match="no terminal"):
        console.resize(Streams(loop, NoLog()), 1, 1)
    loop.close()
