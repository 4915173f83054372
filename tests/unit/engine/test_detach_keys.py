"""Detach keys from their text."""

from __future__ import annotations

import pytest

from hutch.engine.detach_keys import parse
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    ("text", "keys"),
    [(None, b"\x10\x11"), ("", b"\x10\x11"), ("ctrl-a,x", b"\x01x"), ("DEL", b"\x7f"), ("ctrl-@,ctrl-_", b"\x00\x1f")],
)
def test_keys(text: str | None, keys: bytes) -> None:
    assert parse(text) == keys


@pytest.mark.parametrize("text", ["ctrl-A1", "ctrl-", "ab", "ctrl-é", "a,,b"])
def test_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Invalid detach keys"):
        parse(text)
