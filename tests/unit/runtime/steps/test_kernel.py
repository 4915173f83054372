import pytest

from hutch.runtime.steps import kernel

ALL = frozenset(("network", "ipc", "uts", "user"))


@pytest.mark.parametrize(
    "key", ["net.ipv4.ip_forward", "net/ipv4/conf/eth0.1/forwarding", "kernel.shmmax", "fs.mqueue.x"]
)
def test_keys_of_own_namespaces(key: str) -> None:
    assert kernel.check_sysctl(key, ALL) == ""
    assert kernel.check_sysctl(key, frozenset()) != ""


@pytest.mark.parametrize(
    "key",
    [
        "kernel.core_pattern",
        "vm.swappiness",
        "net/../kernel/core_pattern",
        "kernel.shmmax=1+x",
        "net.a\nb",
        "",
        "fs.file-max",
    ],
)
def test_other_keys_are_refused(key: str) -> None:
    assert kernel.check_sysctl(key, ALL) != ""


def test_the_first_separator_decides() -> None:
    assert kernel.file_of("net.ipv4.conf.eth0/1.x") == "net/ipv4/conf/eth0.1/x"
    assert kernel.file_of("net/ipv4/conf/eth0.1/x") == "net/ipv4/conf/eth0.1/x"
