"""Records for tests of the engine."""

from __future__ import annotations

from typing import Any

from hutch.engine.record import Record, State
from hutch.model.container import Config
from hutch.model.host_config import HostConfig


def record(number: int = 1, **changes: Any) -> Record:
    """A container of busybox; ``number`` makes its id, name and time of creation."""
    state = changes.pop("state", State())
    fields: dict[str, Any] = {
        "id": f"{number:064x}",
        "name": f"c{number}",
        "created": number * 1_000_000_000,
        "image": "sha256:" + "ab" * 32,
        "image_name": "busybox",
        "top": None,
        "path": "sleep",
        "args": ("100",),
        "config": Config(image="busybox", cmd=["sleep", "100"], labels={}),
        "host": HostConfig(network_mode="bridge"),
        "state": state,
        **changes,
    }
    return Record(**fields)


def running(number: int = 1, **changes: Any) -> Record:
    """One that runs."""
    state = State(status="running", pid=77, started_at=number * 1_000_000_000)
    return record(number, state=state, has_run=True, **changes)
