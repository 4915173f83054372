"""A real launcher with real keepers, and a root of busybox, all below a folder and a cgroup of the test's own."""

from __future__ import annotations

import _socket
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hutch.runtime.launcher.main as launcher_main
from hutch.runtime import standard
from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.runtime.stages.channel import Channel

APPLETS = (
    "sh",
    "true",
    "echo",
    "ls",
    "cat",
    "sleep",
    "yes",
    "head",
    "tty",
    "stty",
    "seq",
    "dd",
    "test",
    "chmod",
    "stat",
)
NAMESPACES = ("mount", "pid", "network", "ipc", "uts", "cgroup")
WAIT = 200.0 if os.environ.get("HUTCH_LAB") else 20.0  # seconds; the lab may be an emulated machine


class Keeper:
    """The daemon's side of one keeper."""

    def __init__(self, channel: Channel, bundle: Path, pid: int) -> None:
        self.channel = channel
        self.bundle = bundle
        self.pid = pid
        self.events: list[dict[str, Any]] = []

    def request(self, fds: tuple[int, ...] = (), **message: Any) -> dict[str, Any]:
        """Send a request and wait for its answer; events before it are kept."""
        self.channel.send({**message, "seq": 7}, fds)
        return self._until(lambda answer: "ok" in answer)

    def event(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of ``kinds``; others before it are dropped."""
        while self.events:
            event = self.events.pop(0)
            if event["event"] in kinds:
                return event
        return self._until(lambda answer: answer.get("event") in kinds, keep=False)

    def _until(self, wanted: Any, *, keep: bool = True) -> dict[str, Any]:
        while True:
            assert select.select([self.channel], [], [], WAIT)[0], "the keeper says nothing"
            message, fds, _ = self.channel.receive()
            for fd in fds:
                os.close(fd)
            if wanted(message):
                return message
            if keep:
                self.events.append(message)

    def log(self) -> str:
        path = self.bundle / "log"
        return "".join(json.loads(line)["log"] for line in path.read_text().splitlines())

    def release(self) -> None:
        self.channel.send({"op": "release"})
        self.channel.close()
        wait_gone(self.pid)


class House:
    """The launcher, and everything needed to make containers."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.cgroup = f"/hutch-test-{os.getpid()}"
        self.socket = base / "run" / "launcher.sock"
        self.root = base / "root"
        (self.root / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", self.root / "bin" / "busybox")
        for name in APPLETS:
            (self.root / "bin" / name).symlink_to("busybox")
        for name in ("proc", "dev", "sys", "tmp"):
            (self.root / name).mkdir()
        self.namespaces = list(NAMESPACES)
        self.mounts: list[dict[str, Any]] = []
        self.env = ["PATH=/bin"]
        self.keepers: list[Keeper] = []
        self.channels: list[Channel] = []
        self.launch()

    def launch(self, *options: str) -> None:
        script = launcher_main.__file__
        command = [sys.executable, "-I", "-S", script, "--socket", str(self.socket), "--version", "test"]
        log = str(self.base / "launcher.log")
        subprocess.run([*command, "--log", log, *options], check=True, timeout=WAIT)
        self.channel = self.connect()
        self.channels.append(self.channel)
        self.pid: int = self.ask(op="hello")[0]["pid"]

    def connect(self) -> Channel:
        return Channel(connect(self.socket))

    def ask(self, fds: tuple[int, ...] = (), **message: Any) -> tuple[dict[str, Any], list[int]]:
        self.channel.send({**message, "seq": 1}, fds)
        while True:
            assert select.select([self.channel], [], [], WAIT)[0], "the launcher says nothing"
            answer, got, _ = self.channel.receive()
            if answer.get("seq") == 1:
                return answer, got

    def park(self, count: int) -> list[str]:
        self.ask(op="ready", count=count, cgroup_parent=self.cgroup)
        end = time.monotonic() + WAIT
        while len(parked := self.ask(op="hello")[0]["parked"]) < count:
            assert time.monotonic() < end, parked
            time.sleep(0.02)
        return list(parked)

    def config(self, identity: str, args: list[str], terminal: bool) -> dict[str, Any]:
        return {
            "ociVersion": "1.0.2",
            "root": {"path": str(self.root)},
            "process": self.process(args, terminal),
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
                {
                    "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                    "options": ["newinstance", "ptmxmode=0666", "mode=0620"],
                },
                *self.mounts,
            ],
            "linux": {
                "cgroupsPath": f"{self.cgroup}/{identity}",
                "resources": {},
                "namespaces": [{"type": kind} for kind in self.namespaces],
            },
        }  # fmt: skip

    def process(self, args: list[str], terminal: bool = False) -> dict[str, Any]:
        user = {"uid": 0, "gid": 0}
        return {"terminal": terminal, "cwd": "/", "args": args, "env": self.env, "user": user, "capabilities": {}}

    def run(
        self, *args: str, identity: str = "", fds: tuple[int, ...] = (), terminal: bool = False,
        resources: dict[str, Any] | None = None, **keeper: Any,
    ) -> Keeper:  # fmt: skip
        """Create and (unless told otherwise) start a container."""
        identity = identity or os.urandom(32).hex()
        bundle = self.base / "run" / identity
        bundle.mkdir(mode=0o700)
        config = self.config(identity, list(args), terminal)
        config["linux"]["resources"] = {"devices": list(standard.DEVICES), **(resources or {})}
        (bundle / "config.json").write_text(json.dumps(config))
        spec = {
            "rootfs": [], "terminal": terminal, "stdin": False, "stdin_once": False, "console_size": None,
            "log": {"driver": "json-file", "path": str(bundle / "log"), "options": {}, "attrs": {}},
            "runtime": None, "socket": str(bundle / "keeper.sock"), "state": str(bundle / "keeper.json"),
            "exit": str(bundle / "exit.json"), "start": True, **keeper,
        }  # fmt: skip
        answer, got = self.ask(fds, op="create", id=identity, bundle=str(bundle), keeper=spec)
        assert answer["ok"], answer
        keeper = Keeper(Channel(_socket.socket(fileno=got[0])), bundle, answer["keeper_pid"])
        self.keepers.append(keeper)
        return keeper

    def close(self) -> None:
        for folder in (self.base / "run").iterdir():
            if (folder / "keeper.sock").exists():
                try:
                    sock = connect(folder / "keeper.sock")
                except ConnectionRefusedError:
                    continue
                channel = Channel(sock)
                channel.send({"op": "release"})
                channel.close()
        for keeper in self.keepers:
            keeper.channel.close()
            wait_gone(keeper.pid)
        if os.path.exists(f"/proc/{self.pid}"):
            self.ask(op="retire")
        for channel in self.channels:
            channel.close()
        wait_gone(self.pid)
        group = open_cgroup(self.cgroup)
        group.kill_all()
        end = time.monotonic() + WAIT
        while any(
            any(each.is_dir() for each in Path(folder).iterdir()) for folder in group.folders() if os.path.isdir(folder)
        ):
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        group.remove()


def connect(path: Path) -> _socket.socket:
    """A connection to a socket whose path may be longer than an address."""
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    folder = os.open(path.parent, os.O_PATH)
    try:
        sock.connect(f"/proc/self/fd/{folder}/{path.name}")
    except OSError:
        sock.close()
        raise
    finally:
        os.close(folder)
    return sock


def wait_gone(pid: int) -> None:
    """Until the process has ended (it may stay as a zombie of whoever adopted it)."""
    end = time.monotonic() + WAIT
    while True:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        assert time.monotonic() < end, f"process {pid} does not end"
        time.sleep(0.01)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    it = House(tmp_path)
    yield it
    it.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(WAIT)
    yield ours, theirs
    ours.close()
    theirs.close()
