import pytest

from hutch.model.errors import Invalid
from hutch.network.settings import NetworkSettings, check


def test_the_defaults_are_fine() -> None:
    check(NetworkSettings())


@pytest.mark.parametrize("name", ["", "a" * 16, "..", "a/b", "a b", 'a"', "a\n", "veth%d"])
def test_a_bridge_must_have_an_interfaces_name(name: str) -> None:
    with pytest.raises(Invalid, match="--bridge"):
        check(NetworkSettings(bridge=name))


def test_bad_values_name_their_option() -> None:
    with pytest.raises(Invalid, match="--mtu 10"):
        check(NetworkSettings(mtu=10))
    with pytest.raises(Invalid, match="--ip x"):
        check(NetworkSettings(default_ip="x"))
    with pytest.raises(Invalid, match="--host-gateway-ip x"):
        check(NetworkSettings(host_gateway_ip="x"))
    with pytest.raises(Invalid, match="--default-gateway ::1"):
        check(NetworkSettings(default_gateway="::1"))


def test_an_address_for_no_bridge_makes_no_sense() -> None:
    with pytest.raises(Invalid, match="--bip with --bridge=none"):
        check(NetworkSettings(bridge="none", bip="10.0.0.1/24"))
