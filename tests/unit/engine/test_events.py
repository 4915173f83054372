"""The event bus: the past, the present, slow readers, the end."""

from __future__ import annotations

import asyncio
import time

import pytest

from hutch.engine.events import KEPT, QUEUE, Events
from hutch.model.errors import Invalid
from unit.engine.make import record


def test_the_past_is_kept_and_ends_at_until() -> None:
    async def run() -> None:
        events = Events()
        for number in range(KEPT + 5):
            events.publish("volume", "create", f"v{number}", {})
        now = str(time.time() + 1)
        got = [e["Actor"]["ID"] async for e in events.read("1", str(time.time()), {})]
        assert got == [f"v{number}" for number in range(5, KEPT + 5)]
        with pytest.raises(Invalid):
            events.read(now, "1", {})

    asyncio.run(run())


def test_filters_and_attributes() -> None:
    async def run() -> None:
        events = Events()
        events.container(record(), "die", exitCode="3")
        events.publish("network", "connect", "n", {})
        got = [e async for e in events.read("1", str(time.time() + 0.01), {"type": ["container"]})]
        assert len(got) == 1
        assert got[0]["Actor"]["Attributes"] == {"exitCode": "3", "image": "busybox", "name": "c1"}

    asyncio.run(run())


def test_a_reader_that_stalls_is_dropped_and_holds_up_nobody() -> None:
    async def run() -> None:
        events = Events()
        stalled = events.read("", "", {})
        for number in range(QUEUE + 10):
            events.publish("volume", "create", str(number), {})
        assert events.readers == 0
        assert len([e async for e in stalled]) == QUEUE

    asyncio.run(run())


def test_the_end_of_the_bus_ends_its_readers() -> None:
    async def run() -> None:
        events = Events()
        reader = events.read("", "", {})
        events.publish("volume", "create", "v", {})
        assert (await anext(reader))["Actor"]["ID"] == "v"
        events.close()
        assert [e async for e in reader] == []

    asyncio.run(run())


def test_times_order_events() -> None:
    async def run() -> None:
        events = Events()
        for _ in range(50):
            events.publish("volume", "create", "v", {})
        times = [e["timeNano"] async for e in events.read("1", str(time.time() + 0.01), {})]
        assert times == sorted(set(times))

    asyncio.run(run())
