"""The events of every room: published once, kept for a while, and read by any number of clients.

A reader that does not keep up is dropped when its queue is full; it can never hold up the engine.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

from hutch.engine.record import Record
from hutch.model import timestamp
from hutch.model.errors import Invalid
from hutch.model.event import Event, matches
from hutch.model.filters import Filters

KEPT = 256
"""Events that a later reader can ask for with ``since``."""
QUEUE = 4096
"""Events that may wait for one reader."""

_Queue = asyncio.Queue[Event | None]


class Events:
    """The engine's event bus."""

    def __init__(self) -> None:
        self._past: deque[Event] = deque(maxlen=KEPT)
        self._readers: set[_Queue] = set()
        self._last = 0

    @property
    def readers(self) -> int:
        """How many clients listen."""
        return len(self._readers)

    def publish(self, kind: str, action: str, actor: str, attributes: Mapping[str, str]) -> None:
        """Something happened now. Times never run backwards, so that the order of events is that of their times."""
        self._last = max(time.time_ns(), self._last + 1)
        event = Event(kind, action, actor, attributes, self._last)
        self._past.append(event)
        for queue in tuple(self._readers):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self._readers.discard(queue)

    def container(self, record: Record, action: str, **attributes: str) -> None:
        """An event about a container, with the attributes that all of them carry."""
        self.publish(
            "container",
            action,
            record.id,
            {**record.labels, **attributes, "image": record.image_name, "name": record.name},
        )

    def read(self, since: str, until: str, filters: Filters) -> AsyncIterator[dict[str, Any]]:
        """The events from ``since`` (empty: now) to ``until`` (empty: for ever), as JSON. Raises Invalid at once."""
        now = time.time_ns()
        begin = timestamp.parse(since, now) if since else 0
        end = timestamp.parse(until, now) if until else 0
        if begin and end and end < begin:
            times = f"`since` time ({begin // 10**9}) cannot be after `until` time ({end // 10**9})"
            raise Invalid(times)
        queue: _Queue = asyncio.Queue(QUEUE)
        self._readers.add(queue)
        past = [e for e in self._past if e.time_ns >= begin and (not end or e.time_ns <= end)] if since or until else []
        if until and not since:
            past = []
        return self._stream(queue, past, end, filters)

    async def _stream(
        self, queue: _Queue, past: list[Event], end: int, filters: Filters
    ) -> AsyncIterator[dict[str, Any]]:
        try:
            for event in past:
                if matches(event, filters):
                    yield event.to_json()
            while queue in self._readers or not queue.empty():
                left = (end - time.time_ns()) / 1e9 if end else None
                if left is not None and left <= 0:
                    return
                try:
                    next_event = await asyncio.wait_for(queue.get(), left)
                except TimeoutError:
                    return
                if next_event is None:
                    return
                if matches(next_event, filters):
                    yield next_event.to_json()
        finally:
            self._readers.discard(queue)

    def close(self) -> None:
        """End every reader's stream."""
        for queue in tuple(self._readers):
            self._readers.discard(queue)
            if queue.empty():
                queue.put_nowait(None)
