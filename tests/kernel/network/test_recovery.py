"""A daemon that was killed at any point leaves nothing that the next one does not find."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from hutch.model.errors import System

pytestmark = pytest.mark.kernel
Run = Callable[[Any], None]


def _elements() -> str:
    return subprocess.run(["nft", "list", "table", "ip", "hutch"], capture_output=True, text=True, check=True).stdout


def _links() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout


def test_live_containers_are_served_by_the_next_daemon_and_dead_ones_are_gone(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        first = world.networks()
        await first.open()
        await world.join(first, "live", publish="8080")
        dead = await world.join(first, "dead", publish="8081")
        await first.close()

        server = world.server(world.containers["live"])
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None, "served while no daemon runs"
        second = world.networks()
        await second.open()
        removed = await second.recover([world.id_of("live")])
        assert removed == [world.id_of("dead"), dead.link]
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None
        assert "8081" not in _elements()
        again = await world.join(second, "again", publish="8081")
        assert again.address != second.attachment(world.id_of("live")).address
        with pytest.raises(System, match=r"Bind for 0.0.0.0:8080 failed: port is already allocated"):
            await world.join(second, "greedy", publish="8080")
        await second.close()

    in_world(scenario)


def test_a_proxy_that_died_with_the_daemon_is_restored(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        first = world.networks()
        await first.open()
        await world.join(first, "live", publish="8080")
        await world.join(first, "robbed", publish="8081")
        await first.close()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as session:
            session.connect(world.folder + "/proxy.sock")
            session.send(json.dumps({"op": "list", "after": 0}).encode())
            os.kill(json.loads(session.recv(1 << 18))["pid"], 9)
        await asyncio.sleep(0.2)
        server = world.server(world.containers["live"])
        assert world.reaches(None, "127.0.0.1", 8080, server) is None
        other = world.server(None, 8081)
        second = world.networks()
        await second.open()
        (lost,) = await second.recover([world.id_of("live"), world.id_of("robbed")])
        assert lost.startswith(world.id_of("robbed")) and lost.endswith("0.0.0.0:8081: bind: address already in use")
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None
        other.close()
        await second.leave(world.id_of("live"))
        await second.close()

    in_world(scenario)
