from dataclasses import replace
from ipaddress import IPv4Address

from hutch.model.network import Attachment
from hutch.network import bridge

WEB = Attachment(
    container="c",
    name="web",
    network="bridge",
    address="172.17.0.2",
    prefix=16,
    gateway="172.17.0.1",
    mac="02:42:ac:11:00:02",
    link="vethhcccccccccc",
    ports={"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "90/tcp": None},
)


def _texts(*, isolated: bool = False, hairpin: bool = False, ipv6: bool = False) -> list[str]:
    steps = bridge.describe(WEB, "hutch0", 1500, isolated=isolated, hairpin=hairpin, ipv6=ipv6)
    assert all(step.reference for step in steps)
    return [step.text for step in steps]


def test_the_interface_is_quiet_before_it_is_up() -> None:
    texts = _texts()
    quiet = texts.index("write 1 to /proc/sys/net/ipv6/conf/eth0/disable_ipv6")
    assert quiet < texts.index("set eth0 up") < texts.index("add default route via 172.17.0.1")
    assert texts[-1] == "publish 0.0.0.0:8080 to 172.17.0.2 80/tcp"


def test_wanted_ipv6_stays_but_advertisements_are_ignored_all_the_same() -> None:
    assert bridge.quiet_ipv6("eth0", ipv6=True) == [("/proc/sys/net/ipv6/conf/eth0/accept_ra", "0")]
    assert not any("disable_ipv6" in text for text in _texts(ipv6=True))


def test_what_was_asked_of_the_interface_is_done_before_it_is_up() -> None:
    asked = replace(
        WEB, interface="net0", link_local=["169.254.1.1"], sysctls=[["/proc/sys/net/ipv4/conf/net0/log_martians", "1"]]
    )
    steps = bridge.describe(asked, "hutch0", 1500, isolated=False, hairpin=False, ipv6=False)
    texts = [step.text for step in steps]
    assert "write 1 to /proc/sys/net/ipv6/conf/net0/disable_ipv6" in texts and "peer net0" in texts[0]
    for text in ("write 1 to /proc/sys/net/ipv4/conf/net0/log_martians", "add 169.254.1.1/16 to net0"):
        assert texts.index(text) < texts.index("set net0 up")


def test_port_flags_are_a_step_only_when_there_are_some() -> None:
    assert not any("bridge port" in text for text in _texts())
    assert "set bridge port vethhcccccccccc isolated, hairpin" in _texts(isolated=True, hairpin=True)


def test_names_of_links_follow_from_ids_and_fit() -> None:
    name = bridge.link_name("0123456789abcdef" * 4)
    assert name == "vethh0123456789" and len(name) == 15
    assert bridge.is_ours(name)
    for other in ("veth0123456789a", "A", "vethhxyzxyzxyzx", "vethh012345678", "docker0"):
        assert not bridge.is_ours(other)


def test_the_mac_follows_from_the_address_unless_one_is_wanted() -> None:
    address = IPv4Address("172.17.0.2")
    assert bridge.mac_for(address, "") == "02:42:ac:11:00:02"
    assert bridge.mac_for(address, "02:00:00:00:00:AA") == "02:00:00:00:00:aa"
