"""``logs``: what a container wrote, in the form the API sends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from hutch.engine.container import Container
from hutch.logs.drivers import READABLE
from hutch.logs.read import ReadOptions, batches
from hutch.logs.record import render
from hutch.model import timestamp
from hutch.model.errors import Invalid, Unsupported


def logs(
    container: Container,
    *,
    stdout: bool,
    stderr: bool,
    follow: bool,
    since: str = "",
    until: str = "",
    timestamps: bool = False,
    tail: str = "all",
    details: bool = False,
) -> tuple[bool, AsyncIterator[bytes]]:
    """(whether it has a terminal, the bytes). The first piece is empty: what was written until it came is not lost when
    the container is removed. Raises Invalid, and Unsupported for drivers that cannot be read."""
    record = container.record
    if not stdout and not stderr:
        raise Invalid("Bad parameters: you must choose at least one stream")
    driver = record.host.log_config.type
    if driver not in READABLE:
        raise Unsupported("configured logging driver does not support reading")
    now = time.time_ns()
    ended = asyncio.Event()
    options = ReadOptions(
        since=_moment(since, now),
        until=_moment(until, now),
        tail=_tail(tail),
        follow=follow and record.running,
        stdout=stdout,
        stderr=stderr,
        ended=ended,
    )
    pieces = _pieces(container, driver, options, ended, mux=not record.tty, timestamps=timestamps, details=details)
    return record.tty, pieces


def _moment(text: str, now: int) -> int:
    return timestamp.parse(text, now) if text not in ("", "0") else 0


def _tail(text: str) -> int | None:
    """The number of lines; everything for ``all`` and, as in Docker, for what is no number or negative."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


async def _pieces(
    container: Container,
    driver: str,
    options: ReadOptions,
    ended: asyncio.Event,
    *,
    mux: bool,
    timestamps: bool,
    details: bool,
) -> AsyncIterator[bytes]:
    exit_ = container.next_exit()
    exit_.add_done_callback(lambda _: ended.set())
    if not container.record.running:
        ended.set()
    try:
        async for records in batches(driver, container.record.log_path, options):
            yield render(records, mux=mux, timestamps=timestamps, detail=details)
    finally:
        exit_.cancel()
