"""Streams of progress objects (pull, load, import, bootstrap): JSON with CR LF between, the error as last object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import errors, replies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hutch.api.backends import Json


async def _lines(objects: AsyncIterator[Json]) -> AsyncIterator[bytes]:
    async for item in objects:
        yield replies.encode(item).rstrip(b"\n") + b"\r\n"


def progress(objects: AsyncIterator[Json]) -> replies.Stream:
    """The answer; an error before the first object is a plain error answer with its own status."""
    return replies.Stream(_lines(objects), content_type="application/json", last_words=errors.last_object)
