"""The standard streams of one process: what it writes goes to the log and to every attached client."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from hutch.runtime.keeper.attach import Attachment
from hutch.runtime.keeper.log import Log
from hutch.runtime.keeper.loop import READ, WRITE, Loop
from hutch.runtime.keeper.stdin import Stdin

CHUNK = 64 * 1024
"""Bytes a read: larger ones fall out of the cache and are slower."""


class Output:
    """The reading end of one output stream: a pipe or a terminal. Owns ``fd``, which must be non-blocking."""

    def __init__(self, loop: Loop, name: str, fd: int, streams: Streams) -> None:
        self.name = name
        self._loop = loop
        self._fd = fd
        self._streams = streams
        self._paused = False
        loop.watch(fd, READ, self._ready)

    @property
    def open(self) -> bool:
        """Whether more may come."""
        return self._fd >= 0

    def _ready(self, _events: int) -> None:
        self.read_once()

    def read_once(self) -> bool:
        """Move one chunk; False when there is none (yet)."""
        try:
            chunk = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.EIO:  # EIO: nobody has the other end of the terminal open
                raise
            chunk = b""
        if not chunk:
            self.close()
            return False
        self._streams.wrote(self.name, chunk)
        return True

    def pause(self, on: bool) -> None:
        """Leave the data in the pipe for now, or go on."""
        if on == self._paused or self._fd < 0:
            return
        self._paused = on
        if on:
            self._loop.forget(self._fd)
        else:
            self._loop.watch(self._fd, READ, self._ready)

    def close(self) -> None:
        """No more output from here."""
        if self._fd < 0:
            return
        self._loop.forget(self._fd)
        os.close(self._fd)
        self._fd = -1
        self._streams.ended(self.name)


class Streams:
    """Outputs, input and clients of one process.

    ``on_end`` is called when the last output ended.
    """

    def __init__(self, loop: Loop, log: Log) -> None:
        self._loop = loop
        self.log = log
        self.stdin: Stdin | None = None
        self.terminal = -1
        self.outputs: list[Output] = []
        self.clients: list[Attachment] = []
        self.on_end: Callable[[], None] | None = None
        self._waiting = False

    def read_from(self, name: str, fd: int) -> None:
        """Take over the reading end of ``name``; the descriptor becomes non-blocking."""
        os.set_blocking(fd, False)
        self.outputs.append(Output(self._loop, name, fd, self))

    def write_to(self, fd: int, *, terminal: bool) -> None:
        """Take over the writing end of the process's input; the descriptor becomes non-blocking."""
        os.set_blocking(fd, False)
        self.stdin = Stdin(self._loop, fd, terminal=terminal)

    @property
    def open(self) -> bool:
        """Whether any output may still come."""
        return any(output.open for output in self.outputs)

    def attach(
        self,
        fd: int,
        *,
        names: frozenset[str],
        mux: bool,
        stdin: bool,
        once: bool,
        keys: bytes,
        pending: bytes,
        blocking: bool,
        ended: Callable[[str], None],
    ) -> None:
        """Add the client at ``fd`` (see :class:`Attachment`)."""
        client = Attachment(
            self._loop,
            fd,
            names=names,
            mux=mux,
            stdin=self.stdin if stdin else None,
            once=once,
            keys=keys,
            blocking=blocking,
            ended=lambda who, reason: self._left(who, reason, ended),
            resume=self._resume,
        )
        self.clients.append(client)
        client.start(pending)

    def wrote(self, name: str, chunk: bytes) -> None:
        """The process wrote ``chunk`` to ``name``."""
        self.log.write(name, chunk)
        if self.log.waiting and not self._waiting:
            self._waiting = True
            self._loop.watch(self.log.fileno(), WRITE, lambda _events: self._flush_log())
        if self.clients:
            for client in tuple(self.clients):
                client.offer(name, chunk)
            if any(client.congested for client in self.clients):
                for output in self.outputs:
                    output.pause(True)

    def _flush_log(self) -> None:
        self.log.flush()
        if not self.log.waiting:
            self._unwatch_log()

    def _unwatch_log(self) -> None:
        if self._waiting:
            self._waiting = False
            self._loop.forget(self.log.fileno())

    def close_log(self) -> None:
        """Write what waits to be written and close the log."""
        self._unwatch_log()
        self.log.close()

    def ended(self, name: str) -> None:
        """The output ``name`` came to its end."""
        self.log.finish(name)
        if not self.open and self.on_end:
            self.on_end()

    def drain(self) -> None:
        """Read what is there now, without waiting, whatever the clients do, at most a few pipes full."""
        for output in self.outputs:
            output.pause(False)
            for _ in range(64):
                if not output.open or not output.read_once():
                    break

    def finish(self, status: int = -1) -> None:
        """Nothing more will come: close the outputs and the input, and end every client after what is queued.

        ``status``: an exit code that they are told at the end.
        """
        self.on_end = None
        for output in self.outputs:
            output.close()
        if self.stdin:
            self.stdin.close()
        for client in tuple(self.clients):
            client.finish(status=status)
        if self.terminal >= 0:
            os.close(self.terminal)
            self.terminal = -1

    def close(self) -> None:
        """Give up clients that did not take everything."""
        for client in self.clients:
            client.close()
        self.clients = []

    @property
    def flushed(self) -> bool:
        """Whether every client has everything."""
        self.clients = [client for client in self.clients if not client.closed]
        return not self.clients

    def _left(self, client: Attachment, reason: str, told: Callable[[str], None]) -> None:
        if client in self.clients and client.closed:
            self.clients.remove(client)
        told(reason)

    def _resume(self) -> None:
        self.clients = [client for client in self.clients if not client.closed]
        if not any(client.congested for client in self.clients):
            for output in self.outputs:
                output.pause(False)
