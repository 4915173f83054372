"""Single values of flags."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hutch.cli.container import values
from hutch.cli.errors import FlagError


@pytest.mark.parametrize(
    ("word", "host"),
    [
        ("a:1.2.3.4", "a:1.2.3.4"),
        ("b=::1", "b:::1"),
        ("c:[::2]", "c:::2"),
        ("d=host-gateway", "d:host-gateway"),
    ],
)
def test_hosts_are_as_the_engine_takes_them(word: str, host: str) -> None:
    assert values.extra_host(word) == host


def test_addresses_and_domains() -> None:
    assert values.address("0:0:0:0:0:0:0:1", "--dns") == "::1"
    assert values.search_domain("a.b.") == "a.b"
    assert values.search_domain(".") == "."


def test_kernel_parameters_of_namespaces() -> None:
    for word in ("net.ipv4.ip_forward=", "kernel.shmmax=1", "fs.mqueue.msg_max=5"):
        assert values.sysctl(word) == word


@pytest.mark.parametrize(
    ("check", "word", "flag", "why"),
    [
        (values.extra_host, "a", "--add-host", 'bad format for add-host: "a"'),
        (values.extra_host, ":1.2.3.4", "--add-host", 'bad format for add-host: ":1.2.3.4"'),
        (values.extra_host, "a:b=1.2.3.4", "--add-host", 'bad format for add-host: "a:b=1.2.3.4"'),
        (values.extra_host, "a:", "--add-host", 'invalid IP address in add-host: ""'),
        (values.extra_host, "a=999.1.1.1", "--add-host", 'invalid IP address in add-host: "999.1.1.1"'),
        (values.search_domain, "a_b!", "--dns-search", "a_b! is not a valid domain"),
        (values.search_domain, "", "--dns-search", " is not a valid domain"),
        (values.search_domain, "-x.com", "--dns-search", "-x.com is not a valid domain"),
        (values.label, "=x", "-l, --label", "invalid label '=x': empty name"),
        (values.label, "a b=c", "-l, --label", "label 'a b' contains whitespaces"),
        (values.sysctl, "kernel.hostname=x", "--sysctl", "sysctl 'kernel.hostname=x' is not allowed"),
        (values.sysctl, "shmmax=1", "--sysctl", "sysctl 'shmmax=1' is not allowed"),
        (values.sysctl, "net.ipv4.ip_forward", "--sysctl", "sysctl 'net.ipv4.ip_forward' is not allowed"),
        (values.sysctl, "net/ipv4/ip_forward=1", "--sysctl", "sysctl 'net/ipv4/ip_forward=1' is not allowed"),
        (values.link, "", "--link", "empty string specified for links"),
        (values.link, "a:b:c", "--link", "bad format for links: a:b:c"),
    ],
)
def test_values_that_are_none(check: Callable[[str], str], word: str, flag: str, why: str) -> None:
    with pytest.raises(FlagError) as caught:
        check(word)
    assert caught.value.message == f'invalid argument "{word}" for "{flag}" flag: {why}'


def test_addresses_that_are_none() -> None:
    for word in ("nope", "1.1.1", "", "fe80::1%eth0", "1.1.1.1:53"):
        with pytest.raises(FlagError, match="IP address is not correctly formatted"):
            values.address(word, "--dns")
