from typing import Any

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.network import mode


@pytest.mark.parametrize(
    ("text", "kind"), [("", "bridge"), ("default", "bridge"), ("bridge", "bridge"), ("host", "host")]
)
def test_names(text: str, kind: str) -> None:
    assert mode.parse(text).kind == kind


def test_another_containers_network() -> None:
    assert (mode.parse("container:web").kind, mode.parse("container:web").container) == ("container", "web")
    with pytest.raises(Invalid):
        mode.parse("container:")


def test_an_unknown_network_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"^network nope not found$"):
        mode.parse("nope")


@pytest.mark.parametrize(
    ("config", "host", "text"),
    [
        ({"Hostname": "x"}, {}, "hostname and the network mode"),
        ({}, {"Dns": ["1.1.1.1"]}, "dns and the network mode"),
        ({}, {"ExtraHosts": ["a:1.1.1.1"]}, "custom host-to-IP mapping"),
        ({}, {"PortBindings": {"80/tcp": [{}]}}, "port publishing"),
        ({}, {"PublishAllPorts": True}, "port publishing"),
        ({"ExposedPorts": {"80/tcp": {}}}, {}, "port exposing"),
        ({"MacAddress": "02:42:ac:11:00:02"}, {}, "mac-address"),
        ({}, {"Links": ["a"]}, "can't be used with links"),
    ],
)
def test_what_cannot_go_with_anothers_network(config: dict[str, Any], host: dict[str, Any], text: str) -> None:
    with pytest.raises(Invalid, match=text):
        mode.check(mode.parse("container:x"), config, host)
    mode.check(mode.parse("bridge"), config, host)


def test_ports_are_let_pass_on_the_hosts_network() -> None:
    mode.check(mode.parse("host"), {"ExposedPorts": {"80/tcp": {}}}, {"PortBindings": {"80/tcp": [{}]}})
    with pytest.raises(Invalid, match="mac-address"):
        mode.check(mode.parse("host"), {"MacAddress": "02:42:ac:11:00:02"}, {})
