"""Pulls and pushes by way of a proxy that is slow and counts: how many at a time, what is kept when they are ended."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon
from support.registry import layer
from support.sizes import sizes
from support.space import until
from support.stock_registry import Script, StockRegistry, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Debian's docker-registry (scripts/test fetches it)")

_ON_ITS_WAY = 6 << 20  # what lies in sockets when a daemon is killed, and is lost with it
ADDRESS = "10.93.2.1"  # not 127.0.0.1, which is never asked for by way of a proxy


class House:
    """A daemon that reaches its registry by way of a proxy, which logs to ``asked``."""

    def __init__(self, own: Daemon, folder: Path) -> None:
        self.own, self.folder, self.asked = own, folder, folder / "asked"
        self.settings = own.base / "daemon.json"
        self.host = f"{ADDRESS}:5461"
        self.say()
        own.flags = (f"--config-file={self.settings}",)
        own.sh(f"ip addr add {ADDRESS}/32 dev lo")
        own.start()
        self.registry = StockRegistry(own, folder, 5461, address=ADDRESS)
        self.proxy = Script(own, "proxy", 3129, str(self.asked), "u:p", "4000000", log=folder / "proxy.log")
        self.client = Client(own, "hutch")

    def say(self, **more: int) -> None:
        """Write the daemon's settings."""
        proxy = {"proxies": {"http-proxy": "http://u:p@127.0.0.1:3129", "no-proxy": ""}}
        self.settings.write_text(json.dumps({**proxy, "insecure-registries": [self.host], **more}))

    def push(self, name: str, *layers: bytes) -> str:
        """Have an image of these layers in the registry alone; its name."""
        full = f"{self.host}/{name}:1"
        self.own.load(_archive(full, layers))
        self.client("push", full).ok()
        self.client("rmi", full).ok()
        return full

    def busiest(self) -> int:
        """How many blobs were under way at a time since this was last asked."""
        found = [int(line.split()[1]) for line in self.asked.read_text().splitlines() if line.startswith("busy")]
        self.asked.write_text("")
        return max(found, default=0)

    def parts(self) -> list[int]:
        """The sizes of what is kept of downloads."""
        return list(sizes(self.own.base / "data/blobs/ingest", end=".part").values())

    def grows(self) -> bool:
        """Whether a download goes on."""
        before = self.parts()
        time.sleep(0.1)
        return self.parts() != before

    def close(self) -> None:
        self.client.close()
        self.proxy.close()
        self.registry.close()


def _archive(name: str, layers: tuple[bytes, ...]) -> bytes:
    from support import boxes

    return boxes.archive(name, list(layers))


@pytest.fixture
def house(own: Daemon, tmp_path: Path) -> Iterator[House]:
    made = House(own, tmp_path)
    yield made
    made.close()


def test_as_many_at_a_time_as_was_said_and_another_number_while_running(house: House) -> None:
    stack = [layer({str(number): os.urandom(400_000)}) for number in range(7)]
    name = house.push("a", *stack)
    assert 2 < house.busiest() <= 5
    house.client("pull", name).ok()
    assert house.busiest() == 3
    house.client("rmi", name).ok()
    house.say(**{"max-concurrent-downloads": 1, "max-concurrent-uploads": 2})
    house.own.send(signal.SIGHUP)
    assert until(lambda: "Reloaded configuration" in house.own.log)
    house.client("pull", name).ok()
    assert house.busiest() == 1
    other = f"{house.host}/b:1"
    house.client("import", "-", other, text=layer({"x": b"x"})).ok()
    house.own.load(_archive(other, tuple(layer({f"other{n}": os.urandom(100_000)}) for n in range(5))))
    house.client("push", other).ok()
    assert house.busiest() == 2
    house.client("rmi", name, other).ok()


def test_who_ends_a_pull_keeps_what_came_unless_another_wants_it(house: House) -> None:
    size = 16_000_000
    name = house.push("big", layer({"big": os.urandom(size)}))
    house.asked.write_text("")
    pulling = house.client.spawn("pull", name)
    assert until(lambda: sum(house.parts()) > 1 << 20, 10)
    pulling.send_signal(signal.SIGINT)
    pulling.communicate(timeout=10)
    assert pulling.returncode != 0
    assert until(lambda: not until(house.grows, 0.5))  # the daemon sees a moment later that nobody wants it
    kept = house.parts()
    assert len(kept) == 1 and 1 << 20 < kept[0] < size
    first, second = house.client.spawn("pull", name), house.client.spawn("pull", name)
    assert until(lambda: house.parts() and house.parts()[0] > kept[0] + (1 << 20), 10)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=10)
    assert "Downloaded newer image" in second.communicate(timeout=30)[0]
    assert house.parts() == []
    asked = [line for line in house.asked.read_text().splitlines() if line.startswith("GET") and "/blobs/" in line]
    assert len([line for line in asked if asked.count(line) == 2]) == 2  # the layer: before and after the end
    house.client("rmi", name).ok()


def test_a_registry_that_goes_away_and_comes_back(house: House, tmp_path: Path) -> None:
    name = house.push("big", layer({"big": os.urandom(12_000_000)}))
    pulling = house.client.spawn("pull", name)
    assert until(lambda: sum(house.parts()) > 1 << 20, 10)
    house.proxy.close()
    house.proxy = Script(house.own, "proxy", 3129, str(house.asked), "u:p", log=tmp_path / "proxy2.log")
    said = pulling.communicate(timeout=30)[0]
    assert pulling.returncode == 0 and "Downloaded newer image" in said
    house.client("rmi", name).ok()


def test_ten_broken_links_and_two_killed_daemons_cost_no_byte_twice(house: House, tmp_path: Path) -> None:
    size = 48_000_000
    name = house.push("big", layer({"big": os.urandom(size)}))
    house.proxy.close()
    house.proxy = Script(
        house.own, "proxy", 3129, str(house.asked), "u:p", "12000000", "10", log=tmp_path / "proxy2.log"
    )
    house.asked.write_text("")
    for share in (0.3, 0.6):
        pulling = house.client.spawn("pull", name)
        assert until(lambda share=share: sum(house.parts()) > size * share, 60)
        house.own.kill()
        pulling.communicate(timeout=20)
        assert until(lambda: "busy" not in house.asked.read_text().splitlines()[-1], 10)  # the proxy sees the end, too
        house.own.start()
    house.client("pull", name).ok()
    sent = [int(line.split()[1]) for line in house.asked.read_text().splitlines() if line.startswith("sent")]
    assert len(sent) >= 10 and size < sum(sent) <= 1.05 * size + 2 * _ON_ITS_WAY
    house.client("rmi", name).ok()
