import pytest

from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings
from hutch.model.errors import Invalid, Unsupported
from hutch.network.endpoint import INTERFACE, SYSCTLS, check, read

STATIC = "user specified IP address is supported on user defined networks only"
SUBNETS = "user specified IP address is supported only when connecting to networks with user configured subnets"


def _said(network: str, settings: EndpointSettings) -> str:
    with pytest.raises(Invalid) as caught:
        check(network, settings)
    return caught.value.message


def test_an_address_of_ones_own_is_refused_on_predefined_networks_and_never_ignored() -> None:
    four, six = EndpointIPAMConfig(ipv4_address="172.17.0.9"), EndpointIPAMConfig(ipv6_address="fd00::9")
    for ipam in (four, six):
        for name in ("host", "none") if ipam is four else ("bridge", "host", "none"):
            said = _said(name, EndpointSettings(ipam_config=ipam))
            assert said == f"invalid config for network {name}: invalid endpoint settings:\n* {STATIC}\n* {SUBNETS}"
        said = _said("container:x", EndpointSettings(ipam_config=ipam))
        assert said == f"invalid config for network container:x: invalid endpoint settings:\n{STATIC}"


def test_everything_wrong_is_told_at_once() -> None:
    ipam = EndpointIPAMConfig(ipv6_address="zz", link_local_ips=["x", "169.254.1.1"])
    said = _said("bridge", EndpointSettings(ipam_config=ipam, aliases=["web"]))
    assert [line.removeprefix("* ") for line in said.splitlines()[1:]] == [
        STATIC,
        "network-scoped alias is supported only for containers in user defined networks",
        "invalid IPv6 address: zz",
        "invalid link-local IP address: x",
        SUBNETS,
    ]


def test_what_can_be_asked_of_the_bridge_passes() -> None:
    ipam = EndpointIPAMConfig(ipv4_address="172.17.0.9", link_local_ips=["169.254.1.1"])
    check("bridge", EndpointSettings(ipam_config=ipam, driver_opts={"foo": "bar"}, mac_address="02:42:ac:11:00:77"))
    with pytest.raises(Unsupported, match="only those of"):
        check("bridge", EndpointSettings(ipam_config=EndpointIPAMConfig(link_local_ips=["10.0.0.1"])))
    with pytest.raises(Unsupported, match="--link"):
        check("bridge", EndpointSettings(links=["a:b"]))


def test_a_bad_mac_is_refused_wherever_it_stands() -> None:
    assert _said("bridge", EndpointSettings(mac_address="zz")) == (
        "invalid config for network bridge: invalid MAC address zz"
    )
    with pytest.raises(Invalid, match="invalid MAC address yy"):
        check("bridge", EndpointSettings(), "yy")


def test_driver_options_name_the_interface_and_set_its_parameters() -> None:
    assert read({}) == ("eth0", [])
    options = {INTERFACE: "net0", SYSCTLS: "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.ifname.mtu=1400"}
    assert read(options) == (
        "net0",
        [("/proc/sys/net/ipv4/conf/net0/log_martians", "1"), ("/proc/sys/net/ipv6/conf/net0/mtu", "1400")],
    )


@pytest.mark.parametrize(
    "text",
    [
        "net.ipv4.conf.eth0.log_martians=1",
        "net.ipv4.conf.IFNAME.log_martians",
        "net.ipv4.conf.IFNAME.../../x=1",
        "kernel.core_pattern=1",
        "net.ipv4.conf.IFNAME.a/b=1",
    ],
)
def test_other_parameters_are_refused(text: str) -> None:
    said = _said("bridge", EndpointSettings(driver_opts={SYSCTLS: text}))
    assert f"unrecognised network interface sysctl '{text}'" in said


@pytest.mark.parametrize("name", ["lo", "../x", "a b", "abcdefghijklmnop", "-"])
def test_names_that_no_interface_can_have(name: str) -> None:
    with pytest.raises(Invalid, match="invalid interface name"):
        read({INTERFACE: name})
