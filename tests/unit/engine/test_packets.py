"""Messages over a socket pair: requests, answers, events, descriptors, and the end of the other side."""

from __future__ import annotations

import array
import asyncio
import json
import os
import socket
from typing import Any

import pytest

from hutch.engine.packets import Packets
from hutch.model.errors import Conflict, Unavailable

Json = dict[str, Any]


class Far:
    """The other side, played by the test."""

    def __init__(self) -> None:
        self.events: list[tuple[Json, list[int]]] = []
        self.closed = 0
        ours, self.sock = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.packets = Packets(ours, "the keeper", lambda m, fds: self.events.append((m, fds)), self._gone)

    def _gone(self) -> None:
        self.closed += 1

    def receive(self) -> tuple[Json, list[int]]:
        data, rights, _, _ = self.sock.recvmsg(65536, 1024)
        fds = array.array("i")
        for _, _, part in rights:
            fds.frombytes(part)
        return json.loads(data), list(fds)

    def send(self, message: Json, *fds: int) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.sock.sendmsg([json.dumps(message).encode()], rights)

    def end(self) -> None:
        self.sock.close()
        self.packets.close()


def test_a_request_gets_its_own_answer() -> None:
    async def run() -> None:
        far = Far()
        first = asyncio.ensure_future(far.packets.ask({"op": "a"}))
        second = asyncio.ensure_future(far.packets.ask({"op": "b"}))
        await asyncio.sleep(0)
        one, two = far.receive()[0], far.receive()[0]
        far.send({"ok": True, "seq": two["seq"], "value": "b"})
        far.send({"ok": False, "seq": one["seq"], "kind": "conflict", "message": "no"})
        assert (await second)[0]["value"] == "b"
        with pytest.raises(Conflict, match="no"):
            await first
        far.end()

    asyncio.run(run())


def test_descriptors_travel_both_ways_and_do_not_leak_into_programs() -> None:
    async def run() -> None:
        far = Far()
        read, write = os.pipe()
        far.packets.send({"op": "attach"}, (write,))
        message, (theirs,) = far.receive()
        assert message == {"op": "attach"}
        os.write(theirs, b"x")
        assert os.read(read, 1) == b"x"
        far.send({"event": "created"}, read)
        await asyncio.sleep(0.01)
        (event, (got,)) = far.events[0]
        assert event == {"event": "created"}
        assert not os.get_inheritable(got)
        for fd in (read, write, theirs, got):
            os.close(fd)
        far.end()

    asyncio.run(run())


def test_the_end_of_the_other_side_fails_requests_once() -> None:
    async def run() -> None:
        far = Far()
        asked = asyncio.ensure_future(far.packets.ask({"op": "a"}))
        await asyncio.sleep(0)
        far.sock.close()
        with pytest.raises(Unavailable, match="the keeper is gone"):
            await asked
        with pytest.raises(Unavailable):
            far.packets.send({"op": "b"})
        assert far.closed == 1

    asyncio.run(run())


def test_what_does_not_fit_waits_in_order() -> None:
    async def run() -> None:
        far = Far()
        for number in range(200):
            far.packets.send({"op": "x" * 5000, "n": number})
        got = []
        for _ in range(200):
            while True:
                try:
                    got.append(json.loads(far.sock.recv(65536, socket.MSG_DONTWAIT))["n"])
                    break
                except BlockingIOError:
                    await asyncio.sleep(0)
        assert got == list(range(200))
        far.end()

    asyncio.run(run())


def test_nonsense_ends_the_connection() -> None:
    async def run() -> None:
        far = Far()
        far.sock.send(b"{nonsense")
        await asyncio.sleep(0.01)
        assert far.packets.closed
        far.end()

    asyncio.run(run())


def test_room_for_a_descriptor_is_held_until_it_comes() -> None:
    async def run() -> None:
        far = Far()
        count = len(os.listdir("/proc/self/fd"))
        far.packets.hold(1)
        far.send({"event": "first"})
        await asyncio.sleep(0.05)
        assert len(os.listdir("/proc/self/fd")) == count + 1
        far.send({"event": "created"}, far.sock.fileno())
        await asyncio.sleep(0.05)
        assert len(os.listdir("/proc/self/fd")) == count + 1  # it came, and its room has gone
        (_, none), (message, (fd,)) = far.events
        assert none == [] and message == {"event": "created"}
        os.close(fd)
        far.packets.hold(1)
        far.end()
        assert len(os.listdir("/proc/self/fd")) == count - 2

    asyncio.run(run())
