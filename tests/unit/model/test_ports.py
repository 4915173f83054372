import ipaddress

import pytest

from hutch.model.errors import Invalid
from hutch.model.ports import Publish, is_address, parse_expose, parse_port, parse_publish, parse_range


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("80", [Publish("80/tcp")]),
        ("8080:80", [Publish("80/tcp", "", "8080")]),
        ("8080:80/UDP", [Publish("80/udp", "", "8080")]),
        ("127.0.0.1:8080:80", [Publish("80/tcp", "127.0.0.1", "8080")]),
        ("127.0.0.1::80", [Publish("80/tcp", "127.0.0.1", "")]),
        ("[::1]:8080:80/sctp", [Publish("80/sctp", "::1", "8080")]),
        ("8080-8081:80-81", [Publish("80/tcp", "", "8080"), Publish("81/tcp", "", "8081")]),
        ("8000-8010:80", [Publish("80/tcp", "", "8000-8010")]),
        ("80-81", [Publish("80/tcp"), Publish("81/tcp")]),
        ("target=80,published=8080,protocol=udp", [Publish("80/udp", "", "8080")]),
    ],
)
def test_what_a_specification_asks_for(spec: str, wanted: list[Publish]) -> None:
    assert parse_publish(spec) == wanted


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("", "no port specified: <empty>"),
        ("99999:80", "invalid hostPort: 99999"),
        ("abc:80", "invalid hostPort: abc"),
        ("80:abc", "invalid containerPort: abc"),
        ("90-80:80", "invalid hostPort: 90-80"),
        ("80-81:80-82", "invalid ranges specified for container and host Ports: 80-82 and 80-81"),
        ("1.2.3.4.5:80:80", "invalid IP address: 1.2.3.4.5"),
        ("80:80/foo", "invalid proto: foo"),
        ("published=80", "no port specified: 80:/tcp<empty>"),
        ("targt=80", "no port specified: :/tcp<empty>"),
        ("target=80,", "invalid publish opts format (should be name=value but got '')"),
    ],
)
def test_errors_are_dockers(spec: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_publish(spec)
    assert str(caught.value) == text


@pytest.mark.parametrize("text", ["", "-1", "1-", "65536", "\u0661", "1_0", " 1", "000001"])
def test_what_is_no_port_number(text: str) -> None:
    with pytest.raises(ValueError):
        parse_range(text)


def test_keys_of_the_api() -> None:
    assert parse_port("80") == (80, "tcp")
    assert parse_port("53/UDP") == (53, "udp")
    with pytest.raises(Invalid, match="invalid containerPort: x"):
        parse_port("x/tcp")


def test_exposed_ranges() -> None:
    assert parse_expose("80-82/udp") == ["80/udp", "81/udp", "82/udp"]
    with pytest.raises(Invalid, match="invalid port format for --expose: 80:80"):
        parse_expose("80:80")
    for spec, reason in (
        ("a", 'strconv.ParseUint: parsing "a": invalid syntax'),
        ("70000", 'strconv.ParseUint: parsing "70000": value out of range'),
        ("80-70", "invalid range specified for port: 80-70"),
        ("", "empty string specified for ports"),
    ):
        with pytest.raises(Invalid) as caught:
            parse_expose(spec)
        assert str(caught.value) == f"invalid range format for --expose: {spec}, error: {reason}"


ADDRESSES = """
1.2.3.4 255.255.255.255 256.1.1.1 1.2.3 1.2.3.4.5 01.2.3.4 :: ::1
1:: fe80::1:2 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 ::ffff:1.2.3.4 1::2::3 :::
g:: 12345:: 1.2.3.4:: :1 1: 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8
"""


@pytest.mark.parametrize("text", ADDRESSES.split())
def test_addresses_are_recognised_as_the_standard_library_does(text: str) -> None:
    try:
        ipaddress.ip_address(text)
        valid = True
    except ValueError:
        valid = False
    assert is_address(text) is valid
