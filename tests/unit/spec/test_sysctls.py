import pytest

from hutch.model.errors import Invalid
from hutch.spec.sysctls import check, effective

OWN = frozenset({"network", "ipc", "uts"})


def test_defaults_belong_to_an_own_network():
    assert effective(None, private=OWN, user_namespace=False) == {
        "net.ipv4.ping_group_range": "0 2147483647",
        "net.ipv4.ip_unprivileged_port_start": "0",
    }
    assert list(effective(None, private=OWN, user_namespace=True)) == ["net.ipv4.ip_unprivileged_port_start"]
    assert effective(None, private=frozenset(), user_namespace=False) == {}


def test_the_users_value_wins():
    asked = {"net.ipv4.ip_unprivileged_port_start": "1024", "kernel.shm_rmid_forced": "1"}
    result = effective(asked, private=OWN, user_namespace=False)
    assert result["net.ipv4.ip_unprivileged_port_start"] == "1024" and result["kernel.shm_rmid_forced"] == "1"


def test_both_spellings():
    assert check("net/ipv4/conf/eth0.1/forwarding", "1", OWN) == "net.ipv4.conf.eth0/1.forwarding"
    assert check("net.ipv4.conf.eth0/1.forwarding", "1", OWN) == "net.ipv4.conf.eth0/1.forwarding"
    assert check("kernel/sem", "1 2 3 4", OWN) == "kernel.sem"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kernel.core_pattern", "x"),
        ("kernel.shm_rmid_forced+kernel.core_pattern", "x"),
        ("kernel.shm_rmid_forced", "1\nkernel.core_pattern=|/x"),
        ("kernel.shm_rmid_forced\n", "1"),
        ("net/../kernel/core_pattern", "x"),
        ("net...kernel.core_pattern", "x"),
        ("net.ipv4./../../kernel/core_pattern", "x"),
        ("/net/ipv4/ip_forward", "1"),
        ("net.", "1"),
        ("", "1"),
        ("net.ipv4.ip_forward", "1\0"),
        ("nеt.ipv4.ip_forward", "1"),
        ("kernel.hostname", "x"),
        ("vm.swappiness", "1"),
        ("fs.mqueue", "1"),
    ],
)
def test_names_and_values_that_reach_elsewhere_are_refused(name, value):
    """CVE-2022-0811."""
    with pytest.raises(Invalid, match="sysctl"):
        check(name, value, OWN)


@pytest.mark.parametrize("name", ["net.ipv4.ip_forward", "kernel.msgmax", "fs.mqueue.msg_max", "kernel.domainname"])
def test_the_hosts_namespaces_are_not_touched(name):
    assert check(name, "1", OWN) == name
    with pytest.raises(Invalid, match="host"):
        check(name, "1", frozenset())
