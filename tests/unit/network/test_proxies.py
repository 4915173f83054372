import os
import select
import signal
import socket
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from hutch.model.errors import System
from hutch.network.bindings import Binding
from hutch.network.proxies import Proxies, bind_port

TARGET = IPv4Address("172.17.0.2")


def _watch(proxies: Proxies, number: int = 0) -> Callable[[float], bool]:
    """Whether the proxy, once sent a signal, is gone after at most so many seconds."""
    pidfd = os.pidfd_open(proxies._ask({"op": "list"})["pid"])
    if number:
        signal.pidfd_send_signal(pidfd, number)
    return lambda seconds: bool(select.select((pidfd,), (), (), seconds)[0])


def _binding(port: int = 0, protocol: str = "tcp", ip: str = "127.0.0.1") -> Binding:
    return Binding(protocol, port, ip, 0)


def test_an_address_that_is_not_ours_is_refused_with_dockers_text() -> None:
    with pytest.raises(System) as caught:
        bind_port(Binding("tcp", 80, "192.0.2.77", 8080), TARGET)
    text = "failed to bind host port for 192.0.2.77:8080:172.17.0.2:80/tcp: cannot assign requested address"
    assert str(caught.value) == text


def test_sockets_do_not_leak_into_children() -> None:
    sock = bind_port(_binding(), TARGET)
    assert not os.get_inheritable(sock.fileno())
    sock.close()


def test_nothing_is_started_to_remove_what_is_not_there(tmp_path: Path) -> None:
    proxies = Proxies(str(tmp_path / "proxy.sock"))
    proxies.remove("c1")
    assert proxies.owners() == {}
    assert list(tmp_path.iterdir()) == []


def test_ports_outlive_the_daemons_connection_and_are_listed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as container:
        port = container.getsockname()[1]
        first = Proxies(str(tmp_path / "proxy.sock"))
        sock = bind_port(_binding(port), TARGET)
        where = sock.getsockname()
        first.add("c1", _binding(port), IPv4Address("127.0.0.1"), sock)
        sock.close()
        first.close()
        second = Proxies(str(tmp_path / "proxy.sock"))
        assert second.owners() == {"c1": {"tcp/127.0.0.1/0"}}
        with socket.create_connection(where) as client:
            client.sendall(b"hello")
            accepted, _ = container.accept()
            with accepted:
                assert accepted.recv(100) == b"hello"
        second.remove("c1")
        assert second.owners() == {}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(where)
        ended = _watch(second)
        second.close()
        assert ended(3), "it ends at once when it holds nothing and the daemon has left"


def test_it_does_not_wait_for_ports_for_ever(tmp_path: Path) -> None:
    """Also with the daemon there: a host without published ports need not pay for the process."""
    proxies = Proxies(str(tmp_path / "proxy.sock"))
    for owner in ("c1", "c2"):
        sock = bind_port(_binding(), TARGET)
        proxies.add(owner, _binding(), IPv4Address("127.0.0.1"), sock)
        sock.close()
        ended = _watch(proxies)
        assert not ended(1)
        proxies.remove(owner)
        assert ended(30)
    assert proxies.owners() == {}
    proxies.close()


def test_the_end_of_a_proxy_is_told_once_whoever_sees_it_first(tmp_path: Path) -> None:
    told: list[str] = []
    proxies = Proxies(str(tmp_path / "proxy.sock"), lambda: told.append("lost"))

    def served(owner: str) -> None:
        sock = bind_port(_binding(1), IPv4Address("127.0.0.1"))
        proxies.add(owner, _binding(1), IPv4Address("127.0.0.1"), sock)
        sock.close()

    served("c1")
    proxies.ended()
    assert not told
    assert _watch(proxies, signal.SIGKILL)(10)
    assert select.select((proxies.ends,), (), (), 10)[0]
    proxies.ended()
    proxies.ended()
    assert proxies.owners() == {}
    assert told == ["lost"]
    served("c2")
    assert _watch(proxies, signal.SIGKILL)(10)
    served("c3")
    assert told == ["lost", "lost"] and proxies.owners() == {"c3": {"tcp/127.0.0.1/0"}}
    proxies.remove("c3")
    proxies.close()


def test_a_dead_proxy_is_replaced(tmp_path: Path) -> None:
    proxies = Proxies(str(tmp_path / "proxy.sock"))
    for owner in ("c1", "c2"):
        sock = bind_port(_binding(1), TARGET)
        proxies.add(owner, _binding(1), IPv4Address("127.0.0.1"), sock)
        sock.close()
        assert owner in proxies.owners()
        ended = _watch(proxies, signal.SIGKILL)
        assert ended(10)
    proxies.close()
