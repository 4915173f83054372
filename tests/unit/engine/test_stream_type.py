"""Content types of streams."""

from __future__ import annotations

from hutch.engine.stream_type import MULTIPLEXED, RAW, content_type


def test_types() -> None:
    assert content_type(tty=True, old=False) == RAW
    assert content_type(tty=False, old=True) == RAW
    assert content_type(tty=False, old=False) == MULTIPLEXED
