"""The proxy's relays, driven turn by turn in this process."""

import ast
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.network import proxy


def _turns(loop: proxy.Loop, stop: threading.Event) -> None:
    while not stop.is_set():
        loop.turn(0.02)


class Turning:
    """A loop that turns on a thread until it is halted; ports are closed after that."""

    def __init__(self) -> None:
        self.loop = proxy.Loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=_turns, args=(self.loop, self._stop))
        self._thread.start()

    def halt(self) -> None:
        """Stop to turn."""
        self._stop.set()
        self._thread.join()


@pytest.fixture
def turning() -> Iterator[Turning]:
    turning = Turning()
    yield turning
    turning.halt()
    turning.loop.epoll.close()


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(proxy.__file__).read_text())
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert names <= set(sys.stdlib_module_names)
    assert not any(name.startswith("hutch") for name in names)


def test_a_large_transfer_both_ways_arrives_whole_and_ends(turning: Turning) -> None:
    listener, target = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    where = listener.getsockname()
    port = proxy.StreamPort(turning.loop, listener, target.getsockname())
    payload = bytes(range(256)) * 20_000
    client = socket.create_connection(where)
    server, _ = target.accept()
    sender = threading.Thread(target=lambda: (client.sendall(payload), client.shutdown(socket.SHUT_WR)))
    sender.start()
    received = bytearray()
    while data := server.recv(100_000):
        received += data
    assert bytes(received) == payload
    answerer = threading.Thread(target=lambda: (server.sendall(payload), server.close()))
    answerer.start()
    back = bytearray()
    while data := client.recv(100_000):
        back += data
    assert bytes(back) == payload
    for thread in (sender, answerer):
        thread.join()
    client.close()
    turning.halt()
    port.close()
    target.close()


def test_a_client_learns_that_nobody_answers(turning: Turning) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = gone.getsockname()
    listener = socket.create_server(("127.0.0.1", 0))
    where = listener.getsockname()
    port = proxy.StreamPort(turning.loop, listener, nobody)
    with socket.create_connection(where) as client:
        client.settimeout(10)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    turning.halt()
    port.close()


def test_datagrams_of_two_clients_are_not_mixed_up(turning: Turning) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    where = listener.getsockname()
    target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    target.bind(("127.0.0.1", 0))
    port = proxy.DatagramPort(turning.loop, listener, target.getsockname())
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    peers = []
    for number, client in enumerate(clients):
        client.settimeout(10)
        client.sendto(b"%d" % number, where)
        data, peer = target.recvfrom(100)
        peers.append((data, peer))
    for data, peer in reversed(peers):
        target.sendto(b"answer " + data, peer)
    assert [c.recv(100) for c in clients] == [b"answer 0", b"answer 1"]
    turning.halt()
    port.tidy(1e12)
    assert not port.flows
    port.close()
    for sock in (*clients, target):
        sock.close()
