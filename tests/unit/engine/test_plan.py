"""The plan of a container that is not run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hutch.engine.plan import plan
from hutch.model.container import Config
from hutch.model.host_config import HostConfig
from hutch.model.mount import Mount
from unit.engine.make import record
from unit.engine.test_bundle import bundler


class Joining:
    """A network that describes one step, and notes what it reserved and gave back."""

    def __init__(self) -> None:
        self.held: list[str] = []

    async def reserve(self, asked: Any) -> str:
        self.held.append(asked.container)
        return "attachment"

    def describe(self, attachment: str) -> list[Any]:
        assert attachment == "attachment"
        return [SimpleNamespace(text="join the network", reference="veth(4)")]

    async def leave(self, container: str) -> None:
        self.held.remove(container)


def test_every_step_with_its_number_and_reference(tmp_path: Path) -> None:
    box = record(
        host=HostConfig(network_mode="none", cgroupns_mode="private"),
        config=Config(image="x", cmd=["echo", "hello"], hostname="web"),
        args=("hello",),
        path="echo",
    )
    volume = Mount("bind", "/srv/data", "/data", ("rbind", "rw"))
    networks = Joining()
    rows = asyncio.run(plan(box, bundler(tmp_path), networks, str(tmp_path), [volume]))  # type: ignore[arg-type]
    assert [row["Step"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["Stage"] and row["Text"] and row["Reference"] for row in rows)
    texts = [row["Text"] for row in rows]
    mounted = next(n for n, text in enumerate(texts) if "/srv/data" in text)
    turned = next(n for n, text in enumerate(texts) if "pivot_root" in text)
    assert mounted < turned < len(texts) - 1
    assert "echo" in texts[-1] and "exec" in texts[-1]
    joined = next(n for n, row in enumerate(rows) if row["Stage"] == "network")
    assert turned < joined < len(rows) - 1, "it is joined while the init waits for its start"
    assert networks.held == [], "the address was taken for the plan alone"
    assert list(tmp_path.iterdir()) == []
