"""``attach``: a client's own connection is given to the keeper, which from then on writes and reads it itself.

What was logged before is written by the daemon first, if asked for. A client that comes before the start waits here.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import Any, Protocol

from hutch.engine import states
from hutch.engine.container import Container, Stream
from hutch.engine.detach_keys import parse
from hutch.engine.events import Events
from hutch.engine.stream_type import content_type

STALL = 60.0
"""Seconds that a client may take for one piece of the replay."""


class Hijack(Protocol):
    """The client's connection (``api/backends.py``)."""

    async def take(self, content_type: str) -> tuple[int, bytes]:
        """The descriptor, now ours, and what the client sent already."""


async def attach(
    container: Container,
    events: Events,
    hijack: Hijack,
    replay: AsyncIterator[bytes] | None,
    *,
    stdin: bool,
    stdout: bool,
    stderr: bool,
    stream: bool,
    detach_keys: str | None,
    old_content_type: bool,
) -> None:
    """Connect the client. Raises Conflict or Invalid before the connection is taken, nothing after."""
    record = container.record
    states.check_attach(record)
    keys = parse(detach_keys)
    fd, pending = await hijack.take(content_type(record.tty, old_content_type))
    try:
        events.container(record, "attach")
        if replay is not None:
            await _replay(fd, replay)
        if stream:
            message: dict[str, Any] = {
                "stdin": stdin and record.config.open_stdin,
                "stdout": stdout,
                "stderr": stderr and not record.tty,
                "mux": not record.tty,
                "detach_keys": keys.hex(),
                "pending": pending.hex(),
            }
            fd = connect(container, fd, message)
    finally:
        if fd >= 0:
            os.close(fd)


def connect(container: Container, fd: int, message: dict[str, Any]) -> int:
    """Hand the connection to the keeper, or keep it until the start; what is still the caller's to close, or -1."""
    keeper = container.keeper
    if keeper is not None and not keeper.closed and container.record.running:
        seq = keeper.number()
        container.attachments.add(seq)
        keeper.attach(fd, seq, message)
        return fd
    if container.record.state.status in ("removing", "dead"):
        return fd
    # The attach of a foreground run or start -a: its output may be a pipeline, where waiting is right and loss is not.
    container.streams.append(Stream(fd, {**message, "blocking": True}))
    return -1


async def _replay(fd: int, pieces: AsyncIterator[bytes]) -> None:
    """Write what was logged. A client that is gone or stuck ends it."""
    loop = asyncio.get_running_loop()
    with socket.socket(fileno=os.dup(fd)) as sock:
        sock.setblocking(False)
        try:
            async for piece in pieces:
                async with asyncio.timeout(STALL):
                    await loop.sock_sendall(sock, piece)
        except (OSError, TimeoutError):
            return
