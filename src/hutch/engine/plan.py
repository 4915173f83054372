"""``plan``: every kernel step of a container, in order, with its reference; nothing is run (``hutch run --plan``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hutch.engine import folder
from hutch.engine.bundle import Bundler
from hutch.engine.record import Record
from hutch.model.mount import Mount
from hutch.runtime import plan as runtime
from hutch.runtime.shape import Shape

Json = dict[str, Any]
_ROOT = Mount("overlay", "overlay", "/", ())


def plan(record: Record, bundler: Bundler, home: str, mounts: Sequence[Mount]) -> list[Json]:
    """The steps for a container that does not exist, with the folder ``home``. Raises Invalid, Forbidden, System."""
    files = folder.binds(home, {mount.target for mount in mounts})
    config = bundler.config(record, files, list(mounts), {})
    shape = Shape.of(config, record.id)
    steps = runtime.build(config, [_ROOT], shape)
    return [
        {"Step": number, "Stage": step.stage, "Text": step.describe(), "Reference": step.reference}
        for number, step in enumerate(steps, 1)
    ]
