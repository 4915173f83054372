"""The proxy's relays, driven turn by turn in this process."""

import ast
import socket
import sys
import threading
from pathlib import Path

import pytest

from hutch.network import proxy


def _turns(loop: proxy.Loop, stop: threading.Event) -> None:
    while not stop.is_set():
        loop.turn(0.02)


@pytest.fixture
def loop():  # type: ignore[no-untyped-def]
    loop, stop = proxy.Loop(), threading.Event()
    thread = threading.Thread(target=_turns, args=(loop, stop))
    thread.start()
    yield loop
    stop.set()
    thread.join()
    loop.epoll.close()


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(proxy.__file__).read_text())
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert names <= set(sys.stdlib_module_names)
    assert not any(name.startswith("hutch") for name in names)


def test_a_large_transfer_both_ways_arrives_whole_and_ends(loop: proxy.Loop) -> None:
    listener, target = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    where = listener.getsockname()
    port = proxy.StreamPort(loop, listener, target.getsockname())
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
    port.close()
    target.close()


def test_a_client_learns_that_nobody_answers(loop: proxy.Loop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = gone.getsockname()
    listener = socket.create_server(("127.0.0.1", 0))
    where = listener.getsockname()
    port = proxy.StreamPort(loop, listener, nobody)
    with socket.create_connection(where) as client:
        client.settimeout(10)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    port.close()


def test_datagrams_of_two_clients_are_not_mixed_up(loop: proxy.Loop) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    where = listener.getsockname()
    target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    target.bind(("127.0.0.1", 0))
    port = proxy.DatagramPort(loop, listener, target.getsockname())
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
    port.tidy(1e12)
    assert not port.flows
    port.close()
    for sock in (*clients, target):
        sock.close()
