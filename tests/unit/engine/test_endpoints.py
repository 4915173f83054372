"""Places on networks."""

from __future__ import annotations

import pytest

from hutch.engine import endpoints
from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings, NetworkingConfig
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import HostConfig


def asked(mode: str, **fields: object) -> tuple[NetworkingConfig, HostConfig]:
    return NetworkingConfig({mode: EndpointSettings(**fields)}), HostConfig(network_mode=mode)  # type: ignore[arg-type]


def test_a_fixed_address_on_the_default_bridge() -> None:
    endpoints.check(*asked("bridge", ipam_config=EndpointIPAMConfig(ipv4_address="172.17.0.9")))
    endpoints.check(*asked("mine", ipam_config=EndpointIPAMConfig(ipv6_address="fe80::1")))


@pytest.mark.parametrize("mode", ["host", "none", "container:x"])
def test_what_a_network_cannot_give_is_refused(mode: str) -> None:
    with pytest.raises(Invalid, match="user specified IP address is supported on user defined networks only"):
        endpoints.check(*asked(mode, ipam_config=EndpointIPAMConfig(ipv4_address="1.2.3.4")))
    with pytest.raises(Invalid, match="invalid MAC address zz"):
        endpoints.check(NetworkingConfig(), HostConfig(network_mode=mode), "zz")


def test_what_this_engine_cannot_do_is_refused_and_not_swallowed() -> None:
    two = NetworkingConfig({"bridge": None, "none": None})
    with pytest.raises(Unsupported, match="more than one network"):
        endpoints.check(two, HostConfig(network_mode="bridge"))
    with pytest.raises(Invalid, match="network other not found"):
        endpoints.check(NetworkingConfig({"other": None}), HostConfig(network_mode="bridge"))


def test_the_hardware_address_is_the_containers_only_on_the_default_bridge() -> None:
    for mode, found in (("bridge", "02:42:ac:11:00:09"), ("none", "")):
        assert endpoints.hardware_address(*asked(mode, mac_address="02:42:ac:11:00:09")) == found
    said = NetworkingConfig({"default": EndpointSettings(mac_address="02:42:ac:11:00:09")})
    assert endpoints.hardware_address(said, HostConfig(network_mode="bridge")) == "02:42:ac:11:00:09"


def test_what_was_asked_for_is_shown() -> None:
    settings = {"IPAMConfig": None, "MacAddress": "", "Aliases": None, "IPAddress": ""}
    endpoint = EndpointSettings(
        ipam_config=EndpointIPAMConfig(ipv4_address="172.17.0.9"), aliases=["a"], mac_address="m", gw_priority=3
    )
    shown = endpoints.shown(endpoint, settings)
    assert (shown["IPAMConfig"], shown["Aliases"], shown["MacAddress"]) == ({"IPv4Address": "172.17.0.9"}, ["a"], "m")
    assert shown["GwPriority"] == 3 and shown["IPAddress"] == ""
