from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from hutch.api.routes.progress import progress


def test_objects_are_lines_and_wait_for_the_first() -> None:
    async def objects() -> AsyncIterator[dict[str, Any]]:
        yield {"status": "a"}
        yield {"status": "b"}

    async def read() -> bytes:
        stream = progress(objects())
        assert not stream.eager
        return b"".join([piece async for piece in stream.pieces])

    assert asyncio.run(read()) == b'{"status":"a"}\r\n{"status":"b"}\r\n'
