"""Networks of the create request."""

from __future__ import annotations

from typing import Any

import pytest

from hutch.cli.container.networks import networks
from hutch.cli.container.options import FLAGS
from hutch.cli.errors import FlagError, OptionError
from hutch.cli.flags import parse


def of(*words: str) -> tuple[str, Any]:
    return networks(parse(FLAGS, list(words))[0])


def test_a_name_alone() -> None:
    assert of("--network", "host") == ("host", {})
    assert of("--net", "none") == ("none", {})


def test_all_fields_of_a_network() -> None:
    word = (
        "name=n,alias=x,alias=y,ip=10.0.0.5,ip6=fe80::9,mac-address=02:42:AC:11:00:09,link-local-ip=169.254.2.2,"
        "driver-opt=a=b,gw-priority=5"
    )
    assert of("--network", word) == (
        "n",
        {
            "n": {
                "IPAMConfig": {"IPv4Address": "10.0.0.5", "IPv6Address": "fe80::9", "LinkLocalIPs": ["169.254.2.2"]},
                "Aliases": ["x", "y"],
                "DriverOpts": {"a": "b"},
                "GwPriority": 5,
                "MacAddress": "02:42:ac:11:00:09",
            }
        },
    )


def test_flags_of_their_own_say_more_of_the_first_network() -> None:
    flags = ("--network-alias", "x", "--net-alias", "y", "--ip", "10.0.0.5", "--link-local-ip", "169.254.2.2")
    mode, endpoints = of("--network", "n", "--network", "m", *flags)
    assert mode == "n" and endpoints["m"] == {}
    assert endpoints["n"]["Aliases"] == ["x", "y"]
    assert endpoints["n"]["IPAMConfig"] == {"IPv4Address": "10.0.0.5", "LinkLocalIPs": ["169.254.2.2"]}


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("name=bridge,foo=1", "invalid field key foo"),
        ("name=bridge,alias", "invalid field alias"),
        ("alias=x", "network name/id is not specified"),
        ("name=bridge,gw-priority=x", "invalid gw-priority (x): invalid syntax"),
        ("name=bridge,driver-opt=x", "invalid key value pair format in driver options"),
    ],
)
def test_words_that_cannot_be_read(word: str, why: str) -> None:
    with pytest.raises(FlagError) as caught:
        of("--network", word)
    assert caught.value.message == f'invalid argument "{word}" for "--network" flag: {why}'


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--network", ""], "no name set for network"),
        (["--network", "n", "--network", "n"], 'network "n" is specified multiple times'),
        (["--network-alias", "x"], "network-scoped aliases are only supported for user-defined networks"),
        (["--mac-address", "nope"], "nope is not a valid mac address"),
        (
            ["--network", "name=n,ip=10.0.0.5", "--ip", "10.0.0.6"],
            "conflicting options: cannot specify both --ip and per-network IPv4 address",
        ),
        (
            ["--network", "name=n,alias=x", "--network-alias", "y"],
            "conflicting options: cannot specify both --network-alias and per-network alias",
        ),
    ],
)
def test_what_does_not_fit_together(words: list[str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        of(*words)
    assert caught.value.message == message


def test_hardware_addresses() -> None:
    for mac in ("02:42:ac:11:00:08", "02-42-ac-11-00-08", "0242.ac11.0008", "02:42:ac:11:00:08:09:0a"):
        assert of("--mac-address", mac)[1] == {"default": {"MacAddress": mac}}
