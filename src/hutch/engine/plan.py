"""``plan``: every kernel step of a container, in order, with its reference; nothing is run (``hutch run --plan``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hutch.engine import folder
from hutch.engine.bundle import Bundler
from hutch.engine.record import Record
from hutch.engine.start import wanted
from hutch.model.mount import Mount
from hutch.network.service import Networks
from hutch.runtime import outside
from hutch.runtime import plan as runtime
from hutch.runtime.cgroups.layout import detect
from hutch.runtime.shape import Shape
from hutch.runtime.steps.execute import WaitForStart

Json = dict[str, Any]
Line = tuple[str, str, str]
_ROOT = Mount("overlay", "overlay", "/", ("lowerdir=LAYERS", "upperdir=WRITABLE LAYER", "workdir=WORK"))


async def plan(record: Record, bundler: Bundler, networks: Networks, home: str, mounts: Sequence[Mount]) -> list[Json]:
    """The steps for a container that does not exist, with the folder ``home``. Raises Invalid, Forbidden, System."""
    files = folder.binds(home, {mount.target for mount in mounts})
    config = bundler.config(record, files, list(mounts), {})
    network = await _network(record, networks)
    lines = list(_lines(config, Shape.of(config, record.id), network))
    return [
        {"Step": number, "Stage": stage, "Text": text, "Reference": reference}
        for number, (stage, text, reference) in enumerate(lines, 1)
    ]


async def _network(record: Record, networks: Networks) -> list[Line]:
    """The steps of joining: known only with an address and ports, which are taken and given back."""
    if record.network_mode.startswith("container:"):
        return []
    attachment = await networks.reserve(wanted(record))
    try:
        return [("network", step.text, step.reference) for step in networks.describe(attachment)]
    finally:
        await networks.leave(record.id)


def _lines(config: Json, shape: Shape, network: list[Line]) -> Iterator[Line]:
    """Outside, inside up to the wait for start, the network meanwhile, and what is left until execve."""
    yield from outside.describe(config, shape, detect())
    for step in runtime.build(config, [_ROOT], shape):
        yield step.stage, step.describe(), step.reference
        if isinstance(step, WaitForStart):
            yield from network
