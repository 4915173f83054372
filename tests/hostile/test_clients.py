"""Clients that break off (RST, tcp(7)) in the middle of what they send or are sent, and clients that never read."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import boxes
from support.engine import Daemon
from support.limits import opened
from support.packing import packed
from support.space import until

pytestmark = [pytest.mark.hostile, pytest.mark.kernel]
PORT = 2375
COUNT = "touch /tmp/first; i=0; while :; do i=$((i+1)); echo $i; usleep 20000; done"
MANY = 10
CONNECT = (
    "import socket, sys; port, count = map(int, sys.argv[1:]); "
    "made = [socket.create_connection(('127.0.0.1', port)) for _ in range(count)]; "
    "socket.send_fds(socket.socket(fileno=0), [b'x'], [each.fileno() for each in made])"
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Daemon]:
    """A daemon on TCP, in a network namespace of its own, with a container that counts and one with a large file."""
    flags = ("--bridge=none", "--iptables=false", "--ip-forward=false", f"--host=tcp://127.0.0.1:{PORT}")
    daemon = Daemon(*flags)
    try:
        daemon.start()
        daemon.load_box()
        for name, script in (("counter", COUNT), ("large", "truncate -s 1G /large; exec sleep 10000")):
            body = {"Image": daemon.image, "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none"}}
            assert daemon.api("POST", f"/containers/create?name={name}", body)[0] == 201
            assert daemon.api("POST", f"/containers/{name}/start")[0] == 204
        assert until(lambda: b"Size: 1073741824" in _ran(daemon, "large", "stat", "/large"))
        assert until(lambda: packed(daemon.base / "data"), 30)
        yield daemon
    finally:
        daemon.close()


def _ran(daemon: Daemon, name: str, *command: str) -> bytes:
    made = daemon.api("POST", f"/containers/{name}/exec", {"Cmd": command, "AttachStdout": True})[1]["Id"]
    return bytes(daemon.api("POST", f"/exec/{made}/start", {"Detach": False})[1])


@contextlib.contextmanager
def clients(daemon: Daemon, count: int) -> Iterator[list[socket.socket]]:
    """Connections to the daemon's port, made in its network namespace, to which sockets belong for good."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = daemon.inside(sys.executable, "-I", "-S", "-c", CONNECT, str(PORT), str(count))
        subprocess.run(command, stdin=theirs, check=True, timeout=30)
        _, fds, _, _ = socket.recv_fds(ours, 1, count)
    with contextlib.ExitStack() as made:
        yield [made.enter_context(socket.socket(fileno=fd)) for fd in fds]


def reset(client: socket.socket) -> None:
    """Break off: the other side gets RST (socket(7), SO_LINGER of nothing)."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def tasks(daemon: Daemon) -> int:
    """How many asyncio tasks the daemon has, as it says itself when it is asked for its stacks."""
    for old in (daemon.base / "exec").glob("stacks-*.log"):
        old.unlink()
    before = daemon.log.count("stacks written")
    daemon.send(signal.SIGUSR1)
    assert until(lambda: daemon.log.count("stacks written") > before)
    (file,) = (daemon.base / "exec").glob("stacks-*.log")
    return file.read_text().count("Stack for <Task")


class Before:
    """What the daemon has, to be compared with what it has later."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        daemon.api("GET", "/_ping")
        self.files = self._names()
        self.open = len(opened(daemon.pid))
        self.tasks = tasks(daemon)

    def _names(self) -> set[str]:
        found = set()
        for where, folders, files in os.walk(self._daemon.base / "data"):
            folders[:] = [name for name in folders if name != ".trash"]
            found |= {f"{where}/{name}" for name in [*folders, *files] if not name.endswith((".gz", "-json.log"))}
        return found

    def again(self) -> None:
        """It has no more now, and goes on."""
        assert until(lambda: len(opened(self._daemon.pid)) <= self.open), opened(self._daemon.pid)
        assert until(lambda: tasks(self._daemon) <= self.tasks), (tasks(self._daemon), self.tasks)
        assert until(lambda: self._names() == self.files), self._names() ^ self.files
        assert "Traceback" not in self._daemon.log, self._daemon.log[-3000:]
        assert len(self._daemon.api("GET", "/images/json")[1]) == 1
        assert self._daemon.api("GET", "/containers/counter/json")[1]["State"]["Running"]


def _archive() -> bytes:
    """A layer with many files of some size."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number in range(8):
            info = tarfile.TarInfo(f"sent{number}")
            info.size = 300_000
            archive.addfile(info, io.BytesIO(bytes([number]) * info.size))
    return out.getvalue()


UPLOADS = {
    "load": ("POST /images/load", lambda: boxes.archive("broken:1", [_archive()])),
    "import": ("POST /images/create?fromSrc=-&repo=broken&tag=1", _archive),
    "cp": ("PUT /containers/counter/archive?path=/tmp", _archive),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_a_body_that_breaks_off(engine: Daemon, name: str) -> None:
    line, make = UPLOADS[name]
    head = (
        f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    data, before = make(), Before(engine)
    with clients(engine, MANY) as made:
        for number, client in enumerate(made):
            cut = len(data) * number // MANY + 100
            chunks = b"%x\r\n%b\r\n%x\r\n%b" % (cut, data[:cut], len(data), data[cut : cut + 50])
            client.sendall(head.encode() + chunks)
            if number % 2:
                until(lambda: len(opened(engine.pid)) > before.open + MANY + 1, 0.1)  # it has begun with it
            reset(client)
    if name == "cp":
        _ran(engine, "counter", "sh", "-c", "rm -f /tmp/sent*")
    before.again()


def test_a_copy_that_breaks_off_leaves_whole_files(engine: Daemon) -> None:
    line, make = UPLOADS["cp"]
    before, data = Before(engine), make()
    folder = Path(engine.api("GET", "/containers/counter/json")[1]["GraphDriver"]["Data"]["UpperDir"]) / "tmp"
    cut = data.index(b"sent5") - 1000  # the archive is read by the megabyte, which ends within the fourth file
    with clients(engine, 1) as (client,):
        head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        client.sendall(head.encode() + b"%x\r\n%b" % (len(data), data[:cut]))
        assert until(lambda: (folder / "sent3").exists())
        reset(client)
    assert until(lambda: not (folder / "sent3").exists())
    assert {each.name: each.stat().st_size for each in folder.iterdir()} == {
        "first": 0, **{f"sent{number}": 300_000 for number in range(3)}
    }  # fmt: skip
    _ran(engine, "counter", "sh", "-c", "rm -f /tmp/sent*")
    before.again()


STREAMS = {
    "logs": "GET /containers/counter/logs?stdout=1&follow=1",
    "attach": "POST /containers/counter/attach?stream=1&stdout=1&logs=1",
    "events": "GET /events?since=1",
    "stats": "GET /containers/counter/stats",
    "export": "GET /containers/large/export",
    "save": "GET /images/e2e-busybox/get",
    "cp": "GET /containers/large/archive?path=/large",
    "wait": "POST /containers/counter/wait",
}


def _asking(line: str) -> bytes:
    upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n" if "attach" in line else ""
    return f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{upgrade}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("name", STREAMS)
def test_an_answer_that_is_broken_off(engine: Daemon, name: str) -> None:
    before = Before(engine)
    with clients(engine, MANY) as made:
        for number, client in enumerate(made):
            client.sendall(_asking(STREAMS[name]))
            client.settimeout(20)
            for _ in range(number % (2 if name == "wait" else 3)):  # at once, after the head, or later
                assert client.recv(200)
            reset(client)
    before.again()


def _count(engine: Daemon) -> int:
    raw = engine.api("GET", "/containers/counter/logs?stdout=1&tail=1")[1]
    return int(raw.splitlines()[-1][8:])


def _peak(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0])


@pytest.mark.parametrize(("name", "most"), [("export", 2048), ("cp", 2048), ("save", 4096)])
def test_an_answer_of_a_gigabyte_that_is_not_read(engine: Daemon, name: str, most: int) -> None:
    """The daemon sends no more than the client takes, and holds no more for it than a buffer."""
    before = Before(engine)
    Path(f"/proc/{engine.pid}/clear_refs").write_text("5")
    size = _peak(engine.pid)
    with clients(engine, MANY) as stalled:
        for client in stalled:
            client.sendall(_asking(STREAMS[name]))
        counted = _count(engine)
        assert until(lambda: _count(engine) > counted + 50)  # the app goes on, and so does everything else
        assert engine.api("POST", "/containers/create?name=other", {"Image": engine.image, "Cmd": ["x"]})[0] == 201
        assert engine.api("DELETE", "/containers/other")[0] == 204
        grown = _peak(engine.pid) - size
        assert grown < MANY * most, f"{grown} KiB for {MANY} clients"
    before.again()
