"""``wait``: until a container has ended, ends next, or is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from hutch.engine.container import Container
from hutch.engine.record import Record
from hutch.model.errors import Invalid

Json = dict[str, Any]
CONDITIONS = ("", "not-running", "next-exit", "removed")


def begin(container: Container, condition: str) -> asyncio.Future[Record]:
    """Register the wait now; the future gives the record with the exit code. Raises Invalid."""
    if condition not in CONDITIONS:
        raise Invalid(f'invalid condition: "{condition}"')
    container.waited.set()
    if condition == "removed":
        return container.removal()
    if condition != "next-exit" and not container.record.running and container.record.state.status != "restarting":
        done: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        done.set_result(container.record)
        return done
    return container.next_exit()


async def answer(future: asyncio.Future[Record]) -> Json:
    """The API's answer when the wait is over."""
    try:
        record = await future
    except asyncio.CancelledError:
        raise
    except Exception as error:
        return {"Error": {"Message": str(error)}, "StatusCode": 125}
    return {"StatusCode": record.state.exit_code}


async def ready(future: asyncio.Future[Record]) -> AsyncGenerator[Json, None]:
    """``{}`` at once, then the answer; the wait is given up when the reader leaves."""
    try:
        yield {}
        yield await answer(future)
    finally:
        future.cancel()
