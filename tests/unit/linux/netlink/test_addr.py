from ipaddress import IPv4Interface

from hutch.linux.netlink import addr
from hutch.linux.netlink import message as nl


def test_an_address_survives_the_way_there_and_back() -> None:
    wanted = IPv4Interface("172.17.0.2/16")
    assert addr.parse(addr.add(7, wanted)[nl.HEADER_SIZE :]) == (7, wanted)


def test_the_broadcast_address_is_the_networks() -> None:
    found = nl.attributes(addr.add(7, IPv4Interface("10.1.2.3/24")), nl.HEADER_SIZE + 8)
    assert found[4] == bytes([10, 1, 2, 255])
