"""The talk with the launcher, with a real one that forks nothing but itself."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path

import pytest

from hutch.engine.launcher import Launcher
from hutch.model.errors import Unavailable
from unit.engine.keepers import Far


def serve(path: str, versions: list[str]) -> threading.Thread:
    """A launcher that greets one connection for each of ``versions``."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen()
    listener.settimeout(20)  # a guard that is gone is a failure, no test that hangs

    def run() -> None:
        with listener:
            for version in versions:
                far = Far()
                far.ours.close()
                far.sock.close()
                far.sock = listener.accept()[0]
                hello = far.receive()
                far.send({"ok": True, "seq": hello["seq"], "version": version, "parked": ["aa"]})
                request = far.receive()
                if request["op"] == "retire":
                    far.send({"ok": True, "seq": request["seq"]})
                    far.sock.close()
                    continue
                assert (request["op"], request["count"], request["cgroup_parent"]) == ("ready", 2, "/x")
                assert far.receive()["op"] == "claim"
                create = far.receive()
                one, two = socket.socketpair()
                far.send({"ok": True, "seq": create["seq"], "keeper_pid": 1}, one.fileno())
                one.close()
                two.close()
                far.receive_end = far.sock.recv(1)  # type: ignore[attr-defined]
                far.sock.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_one_of_another_version_is_sent_away(tmp_path: Path) -> None:
    path = f"{tmp_path}/launcher.sock"
    thread = serve(path, ["old", "new"])

    async def run() -> None:
        launcher = Launcher(path, ["/bin/false"], "new", cgroup_parent="/x", pool=2)
        await launcher.open()
        assert (launcher.draw(), launcher.draw()) == ("aa", None)
        (await launcher.create("c", "/bundle", {})).close()
        launcher.close()

    asyncio.run(run())
    thread.join()


def test_one_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    async def run() -> None:
        launcher = Launcher(f"{tmp_path}/l.sock", ["/bin/sh", "-c", "echo sorry >&2; exit 1"], "1", cgroup_parent="/x")
        with pytest.raises(Unavailable, match="did not start: sorry"):
            await launcher.open()
        missing = Launcher(f"{tmp_path}/l.sock", [f"{tmp_path}/none"], "1", cgroup_parent="/x")
        with pytest.raises(Unavailable, match="cannot start the launcher"):
            await missing.open()
        assert missing.draw() is None

    asyncio.run(run())
    assert os.listdir(tmp_path) == []


def test_a_launcher_that_dies_before_it_cleaned_is_replaced(tmp_path: Path) -> None:
    """One is gone before it is greeted (the kernel still took the connection), one after, the third one cleans."""
    path = f"{tmp_path}/launcher.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen()
    listener.settimeout(20)  # a guard that is gone is a failure, no test that hangs
    asked: list[str] = []

    def run_launchers() -> None:
        with listener:
            listener.accept()[0].close()
            for answers in (False, True):
                far = Far()
                far.ours.close()
                far.sock.close()
                far.sock = listener.accept()[0]
                hello = far.receive()
                far.send({"ok": True, "seq": hello["seq"], "version": "v", "parked": []})
                assert far.receive()["op"] == "ready"
                clean = far.receive()
                asked.append(clean["cgroup"])
                if answers:
                    far.send({"ok": True, "seq": clean["seq"]})
                    far.sock.recv(1)
                far.sock.close()

    thread = threading.Thread(target=run_launchers)
    thread.start()

    async def run() -> None:
        launcher = Launcher(path, ["/bin/false"], "v", cgroup_parent="/x", pool=2)
        await asyncio.wait_for(launcher.clean("/x/one"), 10)
        launcher.close()

    asyncio.run(run())
    thread.join()
    assert asked == ["/x/one", "/x/one"]
