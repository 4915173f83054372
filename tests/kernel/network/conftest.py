"""A little world for network tests: this process alone in a new network namespace as "the host", a LAN beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hutch.linux.libc import blocking
from hutch.model.network import Attachment, Wanted
from hutch.network.namespace import CLONE_NEWNET, set_netns
from hutch.network.service import Networks
from hutch.network.settings import NetworkSettings

HOST_LAN = "192.0.2.1"
LAN_PEER = "192.0.2.2"


def ip(text: str, netns: int | None = None) -> None:
    """Run ip(8) here or in a namespace."""
    enter = ["nsenter", f"--net=/proc/{netns}/ns/net"] if netns else []
    subprocess.run([*enter, "ip", *text.split()], check=True, capture_output=True)


class World:
    """The host: this process. ``lan`` and containers: sleeping processes in namespaces of their own."""

    HOST_LAN = HOST_LAN
    LAN_PEER = LAN_PEER

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="hutch-net-")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._sockets: list[socket.socket] = []
        ip("link set lo up")
        self.lan = self.namespace()
        ip(f"link add lan0 type veth peer name eth0 netns {self.lan}")
        ip(f"addr add {HOST_LAN}/24 dev lan0")
        ip("link set lan0 up")
        ip("link set lo up", self.lan)
        ip(f"addr add {LAN_PEER}/24 dev eth0", self.lan)
        ip("link set eth0 up", self.lan)
        self.containers: dict[str, int] = {}

    @staticmethod
    def filter_bridged_frames(wanted: bool) -> None:
        """Whether frames between ports of a bridge pass the IP rules (br_netfilter, where that is loaded)."""
        path = "/proc/sys/net/bridge/bridge-nf-call-iptables"
        if os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                file.write(str(int(wanted)))

    def namespace(self) -> int:
        """The pid of a process in a new network namespace."""
        process = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "echo; exec sleep 300"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        self._processes.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process.pid

    def networks(self, **settings: Any) -> Networks:
        """A daemon's network room with its state in this world's folder."""
        return Networks(NetworkSettings(**settings), self.folder + "/network.db", self.folder)

    async def join(
        self, networks: Networks, name: str, publish: str = "", host_ip: str = "", port: str = "80/tcp", **asked: Any
    ) -> Attachment:
        """A container ``name`` (its id follows from it) on the default bridge; ``asked``: further fields of Wanted."""
        pid = self.namespace()
        container = self.id_of(name)
        self.containers[name] = pid
        bindings = {port: [{"HostIp": host_ip, "HostPort": publish}]} if publish else {}
        fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return await networks.join(Wanted(container=container, name=name, bindings=bindings, **asked), fd)
        finally:
            os.close(fd)

    @staticmethod
    def id_of(name: str) -> str:
        """The id of the container ``name``."""
        return name.encode().hex().ljust(64, "0")

    def socket(self, pid: int | None, kind: int = socket.SOCK_STREAM, family: int = socket.AF_INET) -> socket.socket:
        """A socket of the namespace of process ``pid``; it stays there for ever. None: the host."""
        made: list[socket.socket] = []

        def make() -> None:
            if pid is not None:
                fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
                set_netns(fd)
                os.close(fd)
            made.append(socket.socket(family, kind))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        made[0].settimeout(5)
        self._sockets.append(made[0])
        return made[0]

    def server(self, pid: int | None, port: int = 80) -> socket.socket:
        """A listening socket there."""
        sock = self.socket(pid)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", port))
        sock.listen(16)
        return sock

    def reaches(self, pid: int | None, address: str, port: int, server: socket.socket) -> str | None:
        """Connect from ``pid`` and exchange data both ways; the client's address as the server sees it, or None."""
        client = self.socket(pid, family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        client.settimeout(
            4.5
        )  # packets may be lost on a busy machine; the first is sent again after one second and three
        try:
            client.connect((address, port))
        except OSError:
            return None
        accepted, peer = server.accept()
        with accepted, client:
            accepted.settimeout(5)
            client.sendall(b"ask" * 50_000)
            client.shutdown(socket.SHUT_WR)
            received = 0
            while data := accepted.recv(65536):
                received += len(data)
            assert received == 150_000
            accepted.sendall(b"answer")
            accepted.shutdown(socket.SHUT_WR)
            answer = b""
            while data := client.recv(100):
                answer += data
            assert answer == b"answer"
        return str(peer[0])

    def receiver(self, pid: int | None, port: int) -> socket.socket:
        """A bound UDP socket there."""
        sock = self.socket(pid, socket.SOCK_DGRAM)
        sock.bind(("0.0.0.0", port))
        return sock

    def arrives(self, pid: int | None, address: str, port: int, receiver: socket.socket) -> bool:
        """Whether a datagram from ``pid`` arrives."""
        self.socket(pid, socket.SOCK_DGRAM).sendto(b"datagram", (address, port))
        receiver.settimeout(1)
        try:
            return receiver.recv(100) == b"datagram"
        except TimeoutError:
            return False

    def _proxies(self) -> list[int]:
        """The userland proxy of this world, by its own word: it outlives a daemon, but not the test."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as session:
            session.settimeout(5)
            try:
                session.connect(self.folder + "/proxy.sock")
                session.send(b'{"op": "list", "after": 0}')
                return [int(json.loads(session.recv(1 << 18))["pid"])]
            except (FileNotFoundError, ConnectionError):
                return []

    def close(self) -> None:
        """End the processes by pid and remove the folder."""
        for sock in self._sockets:
            sock.close()
        for pid in self._proxies():
            os.kill(pid, 9)
        for process in self._processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
        shutil.rmtree(self.folder)


Scenario = Callable[[World], Coroutine[Any, Any, None]]


def _child(scenario: Scenario, report: int) -> None:
    code = 1
    try:
        if blocking.unshare(CLONE_NEWNET) == -1:
            raise OSError("unshare failed")
        world = World()
        try:
            asyncio.run(scenario(world))
        finally:
            world.close()
        code = 0
    except BaseException:
        os.write(report, traceback.format_exc()[-60000:].encode())
    finally:
        os._exit(code)


@pytest.fixture
def in_world() -> Callable[[Scenario], None]:
    """Runs a scenario in a forked child with a network namespace of its own; the child's failure is the test's."""

    def run(scenario: Scenario) -> None:
        if os.geteuid() != 0:
            pytest.skip("needs root")
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            _child(scenario, write)
        os.close(write)
        with os.fdopen(read) as pipe:
            told = pipe.read()
        _, status = os.waitpid(pid, 0)
        if status:
            pytest.fail(told or f"child ended with status {status}", pytrace=False)

    return run
