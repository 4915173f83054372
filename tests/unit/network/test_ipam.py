from ipaddress import IPv4Address, IPv4Network

import pytest

from hutch.model.errors import Invalid, Unavailable
from hutch.network import ipam

N, A = IPv4Network, IPv4Address


def _pool(bip: str = "", fixed: str = "", gateway: str = "") -> ipam.Pool:
    return ipam.plan_pool(bip, fixed, gateway, N("172.17.0.0/16"))


def test_the_default_pools_are_dockers() -> None:
    pools = ipam.default_pools()
    assert pools[0] == N("172.17.0.0/16")
    assert pools[14:16] == [N("172.31.0.0/16"), N("192.168.0.0/20")]
    assert len(pools) == 31


def test_a_pool_that_overlaps_a_route_is_passed_over() -> None:
    routes = [N("172.17.5.0/24"), N("172.18.0.0/15")]
    assert ipam.choose_pool(ipam.default_pools(), routes) == N("172.20.0.0/16")


def test_default_routes_and_those_of_vpns_block_nothing() -> None:
    routes = [N("0.0.0.0/0"), N("0.0.0.0/1"), N("128.0.0.0/1")]
    assert ipam.choose_pool(ipam.default_pools(), routes) == N("172.17.0.0/16")


def test_when_everything_is_routed_there_is_no_pool() -> None:
    with pytest.raises(Unavailable, match="all predefined address pools have been fully subnetted"):
        ipam.choose_pool(ipam.default_pools(), [N("172.16.0.0/12"), N("192.168.0.0/16")])


def test_addresses_are_given_out_from_the_lowest() -> None:
    pool = _pool()
    assert pool.gateway == A("172.17.0.1")
    assert ipam.free_address(pool, set()) == A("172.17.0.2")
    assert ipam.free_address(pool, {A("172.17.0.2"), A("172.17.0.4")}) == A("172.17.0.3")


def test_network_broadcast_and_gateways_are_nobodys() -> None:
    pool = _pool(bip="10.0.0.5/29", gateway="10.0.0.1")
    taken: set[IPv4Address] = set()
    while len(taken) < 4:
        taken.add(ipam.free_address(pool, taken))
    assert taken == {A("10.0.0.2"), A("10.0.0.3"), A("10.0.0.4"), A("10.0.0.6")}
    with pytest.raises(Unavailable, match="no available IPv4 addresses"):
        ipam.free_address(pool, taken)


def test_a_fixed_range_is_kept() -> None:
    pool = _pool(bip="10.0.0.1/24", fixed="10.0.0.128/30")
    assert ipam.free_address(pool, set()) == A("10.0.0.128")


def test_a_fixed_range_alone_is_the_subnet() -> None:
    pool = _pool(fixed="172.17.5.0/24")
    assert (pool.subnet, pool.gateway) == (N("172.17.5.0/24"), A("172.17.5.1"))
    assert ipam.free_address(pool, set()) == A("172.17.5.2")


@pytest.mark.parametrize(
    ("bip", "fixed", "gateway", "text"),
    [
        ("x", "", "", "--bip x"),
        ("10.0.0.1", "", "", "--bip 10.0.0.1"),
        ("10.0.0.0/24", "", "", "--bip 10.0.0.0/24"),
        ("10.0.0.1/31", "", "", "--bip 10.0.0.1/31"),
        ("10.0.0.1/24", "10.1.0.0/24", "", "--fixed-cidr 10.1.0.0/24"),
        ("10.0.0.1/24", "y", "", "--fixed-cidr y"),
        ("", "10.0.0.0/31", "", "--fixed-cidr 10.0.0.0/31"),
        ("10.0.0.1/24", "", "10.1.0.1", "--default-gateway 10.1.0.1"),
        ("10.0.0.1/24", "", "z", "--default-gateway z"),
    ],
)
def test_an_option_that_cannot_be_is_named(bip: str, fixed: str, gateway: str, text: str) -> None:
    with pytest.raises(Invalid, match=text):
        _pool(bip, fixed, gateway)


def test_a_wanted_address_must_be_free_and_of_the_subnet() -> None:
    pool = _pool()
    assert ipam.wanted_address(pool, "172.17.9.9", set()) == A("172.17.9.9")
    with pytest.raises(Unavailable, match="Address already in use"):
        ipam.wanted_address(pool, "172.17.9.9", {A("172.17.9.9")})
    with pytest.raises(Unavailable):
        ipam.wanted_address(pool, "172.17.0.1", set())
    for text in ("10.0.0.1", "nonsense"):
        with pytest.raises(Invalid):
            ipam.wanted_address(pool, text, set())


def test_macs() -> None:
    assert ipam.mac_text(ipam.mac_of(A("172.17.0.2"))) == "02:42:ac:11:00:02"
    assert ipam.parse_mac("02-42-AC-11-00-02") == bytes.fromhex("0242ac110002")
    for text in ("", "02:42", "02:42:ac:11:00:0g", "02:42:ac:11:00:002", "01:42:ac:11:00:02", "02:42:ac:11:00:02:03"):
        with pytest.raises(Invalid, match="invalid MAC address"):
            ipam.parse_mac(text)
