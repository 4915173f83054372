from ipaddress import IPv4Address, IPv4Network

from hutch.linux.netlink import message as nl
from hutch.linux.netlink import route


def test_a_default_route_leads_everywhere() -> None:
    encoded = route.add_default(IPv4Address("172.17.0.1"), 7)
    assert route.parse(encoded[nl.HEADER_SIZE :]) == (IPv4Network("0.0.0.0/0"), 7)
    assert nl.attributes(encoded, nl.HEADER_SIZE + 12)[5] == bytes([172, 17, 0, 1])


def test_local_and_broadcast_routes_are_left_out() -> None:
    body = bytearray(route.add_default(IPv4Address("172.17.0.1"), 7)[nl.HEADER_SIZE :])
    body[7] = 2  # RTN_LOCAL
    assert route.parse(bytes(body)) is None
