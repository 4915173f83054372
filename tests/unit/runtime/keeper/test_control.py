from __future__ import annotations

import _socket
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hutch.model.errors import Conflict
from hutch.runtime.keeper.control import Control, listen
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.stages.channel import Channel, pair


class Bench:
    def __init__(self) -> None:
        self.loop = Loop()
        self.seen: list[dict[str, Any]] = []
        self.lonely = 0
        self.control = Control(self.loop, self._handle, self._alone)

    def _handle(self, message: dict[str, Any], fds: list[int]) -> None:
        self.seen.append({**message, "fds": len(fds)})
        if message["op"] == "refuse":
            raise Conflict("no")
        if message["op"] == "odd":
            raise KeyError("missing")

    def _alone(self) -> None:
        self.lonely += 1

    def turn(self) -> None:
        self.loop.after(0.02, self.loop.stop)
        self.loop.run()


@pytest.fixture
def bench() -> Iterator[Bench]:
    it = Bench()
    yield it
    it.control.close()
    it.loop.close()


def connected(bench: Bench) -> Channel:
    ours, theirs = pair()
    bench.control.add(theirs)
    return ours


def test_requests_with_a_number_are_answered(bench: Bench) -> None:
    daemon = connected(bench)
    for operation in ("fine", "refuse", "odd"):
        daemon.send({"op": operation, "seq": operation})
    daemon.send({"op": "silent"})
    for _ in range(4):
        bench.turn()
    answers = [daemon.receive()[0] for _ in range(3)]
    assert answers[0] == {"ok": True, "seq": "fine"}
    assert answers[1] == {"ok": False, "kind": "conflict", "message": "no", "seq": "refuse"}
    assert answers[2]["kind"] == "invalid"
    assert len(bench.seen) == 4
    daemon.sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        daemon.receive()
    daemon.close()


def test_descriptors_nobody_took_are_closed(bench: Bench) -> None:
    daemon = connected(bench)
    read, write = os.pipe()
    daemon.send({"op": "fine"}, (write,))
    os.close(write)
    bench.turn()
    assert bench.seen[0]["fds"] == 1
    assert os.read(read, 1) == b""
    os.close(read)
    daemon.close()


def test_the_newest_connection_gets_the_events(bench: Bench) -> None:
    first, second = connected(bench), connected(bench)
    bench.control.event({"event": "one"})
    assert second.receive()[0] == {"event": "one"}
    second.close()
    bench.turn()
    bench.control.event({"event": "two"})
    assert first.receive()[0] == {"event": "two"}
    assert bench.lonely == 0
    first.close()
    bench.turn()
    assert bench.lonely == 1
    assert not bench.control.connected


def test_a_daemon_that_does_not_read_is_disconnected(bench: Bench) -> None:
    daemon = connected(bench)
    for number in range(100_000):
        bench.control.event({"event": "x", "number": number})
        if not bench.control.connected:
            break
    assert bench.lonely == 1
    daemon.close()


def test_a_new_daemon_connects_by_path(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    path = folder / "keeper.sock"
    path.write_text("left by a former one")
    bench.control.serve(listen(str(path)))
    assert path.stat().st_mode & 0o777 == 0o600
    fd = os.open(folder, os.O_PATH)
    daemon = Channel(_socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET))
    daemon.sock.connect(f"/proc/self/fd/{fd}/keeper.sock")
    os.close(fd)
    daemon.send({"op": "fine", "seq": 1})
    bench.turn()
    assert daemon.receive()[0] == {"ok": True, "seq": 1}
    daemon.close()


def test_noise_disconnects(bench: Bench) -> None:
    daemon = connected(bench)
    daemon.sock.send(b"not json\0")
    bench.turn()
    assert not bench.control.connected
    daemon.close()
