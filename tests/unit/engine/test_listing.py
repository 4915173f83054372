"""``ps``: texts, filters, order."""

from __future__ import annotations

import pytest

from hutch.engine import listing, states
from hutch.engine.record import Mounted, Record, State
from hutch.model.container import Config
from hutch.model.errors import Invalid, NotFound
from hutch.model.network import Attachment
from unit.engine.make import record, running

SECOND = 1_000_000_000
ATTACHED = Attachment(
    container="1", name="c1", network="bridge", network_id="ef" * 32, address="172.17.0.2",
    ports={"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]},
).to_json()  # fmt: skip


def find(ref: str) -> Record:
    if ref != "c2":
        raise NotFound(f"No such container: {ref}")
    return record(2)


def names(filters: dict[str, list[str]], *, everything: bool = True, limit: int = 0) -> list[str]:
    all_ = [
        running(1, endpoints=ATTACHED, config=Config(image="busybox", labels={"a": "1"}, exposed_ports={"80/tcp": {}})),
        record(2, mounts=(Mounted(kind="volume", name="data", destination="/d"),)),
        states.exited(running(3, image_name="debian:12"), 3, False, 9 * SECOND),
    ]
    return [r.name for r in listing.select(all_, everything=everything, limit=limit, filters=filters, find=find)]


def test_status_texts() -> None:
    now = 100 * SECOND
    assert listing.status_text(running(40), now) == "Up About a minute"
    assert listing.status_text(states.paused(running(95)), now) == "Up 5 seconds (Paused)"
    assert listing.status_text(record(), now) == "Created"
    assert listing.status_text(states.exited(running(), 137, False, 97 * SECOND), now) == "Exited (137) 3 seconds ago"
    ended = states.exited(running(), 1, False, 97 * SECOND)
    assert listing.status_text(states.restarting(ended), now) == "Restarting (1) 3 seconds ago"
    assert listing.status_text(record(state=State(status="dead")), now) == "Dead"


def test_only_running_ones_unless_more_is_asked_for() -> None:
    assert names({}, everything=False) == ["c1"]
    assert names({}) == ["c3", "c2", "c1"]
    assert names({}, everything=False, limit=2) == ["c3", "c2"]
    assert names({"status": ["exited"]}, everything=False) == ["c3"]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"name": ["^c[12]$"]}, ["c2", "c1"]),
        ({"name": ["/c3"]}, ["c3"]),
        ({"name": ["["]}, []),
        ({"id": [f"{2:064x}"]}, ["c2"]),
        ({"label": ["a=1"]}, ["c1"]),
        ({"exited": ["3"]}, ["c3"]),
        ({"before": ["c2"]}, ["c1"]),
        ({"since": ["c2"]}, ["c3"]),
        ({"ancestor": ["busybox:latest"]}, ["c2", "c1"]),
        ({"ancestor": ["debian"]}, ["c3"]),
        ({"ancestor": ["abababababab"]}, ["c3", "c2", "c1"]),
        ({"volume": ["data"]}, ["c2"]),
        ({"volume": ["/d"]}, ["c2"]),
        ({"network": ["bridge"]}, ["c3", "c2", "c1"]),
        ({"network": ["efefefefefef"]}, ["c1"]),
        ({"publish": ["8080"]}, ["c1"]),
        ({"publish": ["8000-8100/tcp"]}, ["c1"]),
        ({"expose": ["80"]}, ["c1"]),
        ({"expose": ["80/udp"]}, []),
        ({"status": ["created", "running"]}, ["c2", "c1"]),
        ({"health": ["none"]}, ["c3", "c2", "c1"]),
    ],
)
def test_filters(filters: dict[str, list[str]], wanted: list[str]) -> None:
    assert names(filters) == wanted


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({"foo": ["a"]}, "invalid filter 'foo'"),
        (
            {"status": ["a"]},
            "invalid filter 'status=a': invalid value for state (a): must be one of created, running, paused, "
            "restarting, removing, exited, dead",
        ),
        ({"exited": ["a"]}, "invalid filter 'exited=a': strconv.Atoi: parsing \"a\": invalid syntax"),
        (
            {"health": ["aa"]},
            "invalid filter 'health=aa': invalid value for health (aa): must be one of none, starting, healthy, "
            "unhealthy",
        ),
        (
            {"publish": ["70000"]},
            'error while looking up for publish 70000: strconv.ParseUint: parsing "70000": value out of range',
        ),
        (
            {"expose": ["5-1/udp"]},
            "error while looking up for expose 5-1/udp: Invalid range specified for the Port: 5-1",
        ),
        ({"is-task": ["bla"]}, "invalid filter 'is-task=[bla]'"),
    ],
)
def test_filters_that_mean_nothing(filters: dict[str, list[str]], text: str) -> None:
    with pytest.raises(Invalid) as caught:
        names(filters)
    assert caught.value.message == text


def test_before_nothing() -> None:
    with pytest.raises(NotFound, match="No such container: aa"):
        names({"before": ["aa"]})


def test_summary() -> None:
    out = listing.summary(running(1, endpoints=ATTACHED, args=("-c", "echo a b")), 3 * SECOND, (5, 7))
    assert out["Command"] == "sleep -c 'echo a b'"
    assert out["Ports"] == [{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}]
    assert out["NetworkSettings"]["Networks"]["bridge"]["IPAddress"] == "172.17.0.2"
    assert (out["SizeRw"], out["SizeRootFs"], out["Created"], out["State"]) == (5, 7, 1, "running")
