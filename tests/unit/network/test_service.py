"""What needs no privileges: networks other than the bridge. The bridge is in tests/kernel/network."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.model.network import Wanted
from hutch.network.service import Networks
from hutch.network.settings import NetworkSettings

Scenario = Callable[[Networks], Awaitable[None]]


def _run(tmp_path: Path, scenario: Scenario) -> None:
    async def main() -> None:
        networks = Networks(NetworkSettings(bridge="none"), str(tmp_path / "network.db"), str(tmp_path))
        await networks.open()
        try:
            await scenario(networks)
        finally:
            await networks.close()

    asyncio.run(main())


def test_host_and_none_are_joined_without_touching_anything(tmp_path: Path) -> None:
    async def scenario(networks: Networks) -> None:
        for mode in ("host", "none"):
            attachment = await networks.join(Wanted(container=mode * 16, name=mode, mode=mode), -1)
            shown = attachment.settings("/key")
            assert shown["SandboxKey"] == "/key" and list(shown["Networks"]) == [mode]
            assert networks.inspect(mode)["Containers"][mode * 16]["Name"] == mode
            assert networks.describe(attachment) == []
            networks.rename(mode * 16, "new")
            assert networks.inspect(mode)["Containers"][mode * 16]["Name"] == "new"
            await networks.leave(mode * 16)
            await networks.leave(mode * 16)
            assert networks.inspect(mode)["Containers"] == {}

    _run(tmp_path, scenario)


def test_a_container_is_on_a_network_once(tmp_path: Path) -> None:
    async def scenario(networks: Networks) -> None:
        wanted = Wanted(container="c", name="c", mode="container:x")
        assert (await networks.join(wanted, -1)).settings()["Networks"] == {}
        with pytest.raises(Conflict, match="already attached"):
            await networks.join(wanted, -1)
        assert networks.attachment("c") is not None and networks.attachment("d") is None

    _run(tmp_path, scenario)


def test_without_a_bridge_there_is_no_network_of_that_name(tmp_path: Path) -> None:
    async def scenario(networks: Networks) -> None:
        assert [n["Name"] for n in networks.list({})] == ["host", "none"]
        with pytest.raises(NotFound, match="network bridge not found"):
            await networks.join(Wanted(container="c", name="c"), -1)
        with pytest.raises(NotFound):
            networks.inspect("bridge")
        assert networks.host_gateway == "" and networks.firewall == "none"
        assert await networks.recover([]) == []

    _run(tmp_path, scenario)


def test_connecting_needs_a_reservation(tmp_path: Path) -> None:
    async def scenario(networks: Networks) -> None:
        with pytest.raises(NotFound, match="reserve it first"):
            await networks.connect("c", -1)

    _run(tmp_path, scenario)


def test_options_that_cannot_be_are_refused_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        Networks(NetworkSettings(mtu=1), str(tmp_path / "network.db"), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_only_the_engine_recorded_is_taken_over(tmp_path: Path) -> None:
    async def scenario(networks: Networks) -> None:
        attachment = await networks.join(Wanted(container="c", name="c", mode="host"), -1)
        await networks.leave("c")
        networks.adopt(attachment)
        assert networks.inspect("host")["Containers"]["c"]["EndpointID"] == attachment.endpoint

    _run(tmp_path, scenario)
