import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.model.network import Attachment, Json
from hutch.network import listing
from hutch.network.settings import NetworkSettings

IDS = {"bridge": "b1" * 32, "host": "b2" * 32, "none": "03" * 32}


def _networks() -> list[Json]:
    settings = NetworkSettings(icc=False, mtu=1400)
    return [
        listing.network(n, (i, "now"), settings=settings, subnet="172.17.0.0/16", gateway="172.17.0.1")
        for n, i in IDS.items()
    ]


def test_drivers_and_options() -> None:
    bridge, host, none = _networks()
    assert (bridge["Driver"], host["Driver"], none["Driver"]) == ("bridge", "host", "null")
    assert bridge["IPAM"]["Config"] == [{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]
    assert none["IPAM"]["Config"] is None
    assert bridge["Options"]["com.docker.network.bridge.enable_icc"] == "false"
    assert bridge["Options"]["com.docker.network.driver.mtu"] == "1400"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["bridge", "host", "none"]),
        ({"driver": ["null"]}, ["none"]),
        ({"name": ["o"]}, ["host", "none"]),
        ({"name": ["^host$", "bridge"]}, ["bridge", "host"]),
        ({"id": ["b1"]}, ["bridge"]),
        ({"scope": ["swarm"]}, []),
        ({"type": ["custom"]}, []),
        ({"type": ["builtin"]}, ["bridge", "host", "none"]),
        ({"label": ["a"]}, []),
        ({"dangling": ["true"]}, []),
        ({"dangling": ["false"]}, ["bridge", "host", "none"]),
    ],
)
def test_filters(filters: dict[str, list[str]], names: list[str]) -> None:
    assert [n["Name"] for n in listing.select(_networks(), filters)] == names


def test_an_unknown_filter_is_refused() -> None:
    with pytest.raises(Invalid, match="foo"):
        listing.select(_networks(), {"foo": ["x"]})


def test_an_unknown_kind_of_network_is_refused() -> None:
    with pytest.raises(Invalid, match="invalid filter: 'type'='foo'"):
        listing.select([], {"type": ["foo"]})


def test_references() -> None:
    assert listing.find(_networks(), "host")["Name"] == "host"
    assert listing.find(_networks(), "03")["Name"] == "none"
    for ref in ("b", "", "nope"):
        with pytest.raises(NotFound, match=f"network {ref} not found"):
            listing.find(_networks(), ref)


def test_containers_of_a_network() -> None:
    one = Attachment(
        container="c", name="web", network="bridge", endpoint="e", address="172.17.0.2", prefix=16, mac="m"
    )
    host = Attachment(container="d", name="h", network="host", endpoint="f")
    shown = listing.containers([one, host])
    assert shown["c"]["IPv4Address"] == "172.17.0.2/16" and shown["c"]["Name"] == "web"
    assert shown["d"]["IPv4Address"] == ""
