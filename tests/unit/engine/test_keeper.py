"""The talk with a keeper."""

from __future__ import annotations

import asyncio
import os

import pytest

from hutch.engine.keeper import Keeper, connect
from hutch.model.errors import Unavailable
from unit.engine.keepers import Far, Notes


def test_a_start_in_the_order_of_its_events() -> None:
    async def run() -> None:
        far, notes = Far(), Notes()
        keeper = Keeper(far.ours, "c", notes)
        read, write = os.pipe()
        far.send({"event": "created", "pid": 7}, read)
        created = await keeper.created
        assert created.pid == 7
        assert created.netns is not None
        keeper.start()
        assert far.receive()["op"] == "start"
        far.send({"event": "started", "pid": 7, "at": 5})
        far.send({"event": "oom"})
        far.send({"event": "exit", "code": 137, "signal": 9, "oom": True, "at": 9})
        assert (await keeper.outcome)["event"] == "started"
        await asyncio.sleep(0.01)
        assert notes.seen == [("started", 7, 5), ("oom",), ("exited", 137, 9, True, 9)]
        keeper.close()
        assert notes.seen[-1] == ("lost",)
        far.sock.close()
        for fd in (read, write, created.netns):
            os.close(fd)

    asyncio.run(run())


def test_a_failed_start_ends_the_wait_for_the_sandbox() -> None:
    async def run() -> None:
        far = Far()
        keeper = Keeper(far.ours, "c", Notes())
        far.send({"event": "failed", "message": "no", "exit_code": 127})
        assert (await keeper.created).netns is None
        assert (await keeper.outcome)["exit_code"] == 127
        keeper.close()
        far.sock.close()

    asyncio.run(run())


def test_execs_and_attachments() -> None:
    async def run() -> None:
        far, notes = Far(), Notes()
        keeper = Keeper(far.ours, "c", notes)
        started = asyncio.ensure_future(keeper.exec("e1", {"process": {}}, None))
        await asyncio.sleep(0)
        assert far.receive()["exec"] == "e1"
        far.send({"event": "exec-started", "exec": "e1", "pid": 8})
        assert (await started)["pid"] == 8
        read, write = os.pipe()
        seq = keeper.number()
        keeper.attach(write, seq, {"mux": True})
        message = far.receive()
        assert (message["op"], message["seq"], message["fds"]) == ("attach", seq, 1)
        far.send({"event": "detached", "seq": seq, "reason": "keys"})
        far.send({"event": "exec-exit", "exec": "e1", "code": 3})
        await asyncio.sleep(0.01)
        assert notes.seen == [("detached", seq, "keys"), ("exec_exited", "e1", 3)]
        far.sock.close()
        with pytest.raises(Unavailable):
            await keeper.exec("e2", {}, None)
            await keeper.exec("e3", {}, None)
        for fd in (read, write):
            os.close(fd)

    asyncio.run(run())


def test_paths_longer_than_a_socket_address(tmp_path: object) -> None:
    import socket

    folder = f"{tmp_path}/" + "x" * 120
    os.mkdir(folder)
    here = os.open(folder, os.O_PATH)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"/proc/self/fd/{here}/keeper.sock")
        listener.listen()
        connect(f"{folder}/keeper.sock").close()
    os.close(here)
