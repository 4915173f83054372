"""The engine's SystemBackend: info, version, events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from hutch.engine.events import Events
from hutch.engine.info import Info
from hutch.engine.version import version
from hutch.model.filters import Filters

Json = dict[str, Any]


class System:
    """Implements ``api/backends.py:SystemBackend``."""

    def __init__(self, info: Info, events: Events, oldest_api: str) -> None:
        self._info = info
        self._events = events
        self._oldest_api = oldest_api

    def info(self) -> Json:
        """See ``engine/info.py``."""
        return self._info.info()

    def version(self) -> Json:
        """See ``engine/version.py``."""
        return version(self._oldest_api)

    def events(self, since: str, until: str, filters: Filters) -> AsyncIterator[Json]:
        """See ``engine/events.py``."""
        return self._events.read(since, until, filters)
