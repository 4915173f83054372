"""The engine's SystemBackend: info, version, events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from hutch.engine.disk_usage import KINDS, DiskUsage
from hutch.engine.events import Events
from hutch.engine.info import Info
from hutch.engine.version import version
from hutch.model.errors import Invalid
from hutch.model.filters import Filters

Json = dict[str, Any]


class System:
    """Implements ``api/backends.py:SystemBackend``."""

    def __init__(self, info: Info, events: Events, oldest_api: str, disk_usage: DiskUsage) -> None:
        self._info = info
        self._events = events
        self._oldest_api = oldest_api
        self._disk_usage = disk_usage

    def info(self) -> Json:
        """See ``engine/info.py``."""
        return self._info.info()

    def version(self) -> Json:
        """See ``engine/version.py``."""
        return version(self._oldest_api)

    def events(self, since: str, until: str, filters: Filters) -> AsyncIterator[Json]:
        """See ``engine/events.py``."""
        return self._events.read(since, until, filters)

    async def disk_usage(self, kinds: Sequence[str]) -> Json:
        """See ``engine/disk_usage.py``. Raises Invalid for a kind that is none."""
        for kind in kinds:
            if kind not in KINDS:
                raise Invalid(f"unknown object type: {kind}")
        return await self._disk_usage.read(kinds)
