import socket
from ipaddress import IPv4Address, IPv4Network

import pytest

from hutch.model.errors import System
from hutch.model.network import Attachment, Wanted
from hutch.network import ipam
from hutch.network.lease import Leases, close_sockets, default_addresses, ephemeral_range, link_exists

LOOPBACK = ("127.0.0.1",)
TARGET = IPv4Address("172.17.0.2")


def _leases() -> Leases:
    return Leases(ipam.plan_pool("", "", "", IPv4Network("172.17.0.0/16")), LOOPBACK)


def _wanted(name: str, *ports: str, address: str = "") -> Wanted:
    bindings = {"80/tcp": [{"HostPort": port} for port in ports]} if ports else {}
    return Wanted(container=name, name=name, bindings=bindings, address=address)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_every_container_gets_an_address_of_its_own() -> None:
    leases = _leases()
    assert [str(leases.take_address(_wanted(n))) for n in "ab"] == ["172.17.0.2", "172.17.0.3"]
    leases.release("a", "no-such-link")
    assert str(leases.take_address(_wanted("c"))) == "172.17.0.2"


def test_an_address_rests_while_its_former_link_is_there() -> None:
    leases = _leases()
    leases.take_address(_wanted("a"))
    leases.release("a", "lo")
    assert link_exists("lo")
    assert str(leases.take_address(_wanted("b"))) == "172.17.0.3"


def test_a_recorded_attachment_keeps_what_it_has() -> None:
    leases = _leases()
    port = _free_port()
    ports = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    leases.adopt(Attachment(container="a", name="a", network="bridge", address="172.17.0.2", ports=ports))
    assert leases.take_address(_wanted("b")) == IPv4Address("172.17.0.3")
    with pytest.raises(System, match="port is already allocated"):
        leases.take_ports(_wanted("b", str(port)), TARGET)


def test_ports_are_bound_and_all_given_back_when_one_is_taken() -> None:
    leases = _leases()
    free = _free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(System, match=f"for 127.0.0.1:{taken}:172.17.0.2:80/tcp: address already in use"):
            leases.take_ports(_wanted("a", str(free), str(taken)), TARGET)
    sockets = leases.take_ports(_wanted("b", str(free)), TARGET)
    assert [b.host_port for b in sockets] == [free]
    with socket.socket() as client:
        client.connect(("127.0.0.1", free))
    close_sockets(sockets)


def test_an_ephemeral_port_is_found_around_foreign_ones() -> None:
    leases = _leases()
    sockets = leases.take_ports(_wanted("a", "", "0"), TARGET)
    low, high = ephemeral_range()
    assert len({b.host_port for b in sockets}) == 2
    assert all(low <= b.host_port <= high for b in sockets)
    close_sockets(sockets)


def test_where_ports_are_bound_by_default() -> None:
    assert default_addresses("127.0.0.1", userland_proxy=True) == ("127.0.0.1",)
    assert default_addresses("", userland_proxy=False) == ("0.0.0.0",)
    assert default_addresses("0.0.0.0", userland_proxy=True) == ("0.0.0.0",)
