from ipaddress import IPv4Address, IPv4Network

from hutch.network import filter as packet_filter
from hutch.network.bindings import Binding
from hutch.network.firewall import Policy


def test_without_rules_nothing_is_looked_for() -> None:
    chosen = packet_filter.choose(Policy("hutch0", IPv4Network("172.17.0.0/16")), enabled=False)
    assert chosen.name == "none"
    port = (Binding("tcp", 80, "0.0.0.0", 8080), IPv4Address("172.17.0.2"))
    chosen.reset([port])
    chosen.publish([port])
    chosen.withdraw([port])


def test_programs_are_named_by_absolute_path() -> None:
    found = packet_filter.program("sh")
    assert found is not None and found.startswith("/")
    assert packet_filter.program("no-such-program") is None
