"""What the kernel tells of rules that come and go."""

from __future__ import annotations

import struct

import pytest

from hutch.network.watch import lost

NEW_TABLE, DELETE_TABLE, NEW_RULE, DELETE_RULE, NEW_ELEMENT = 0, 2, 6, 8, 12


def told(action: int, table: str = "hutch", family: int = 2) -> bytes:
    """One notification (nfnetlink.h): header, nfgenmsg, the table's name."""
    name = table.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(name), 1) + name + bytes(-len(name) % 4)
    body = struct.pack("=BBH", family, 0, 0) + attribute
    return struct.pack("=IHHII", 16 + len(body), 10 << 8 | action, 0, 0, 0) + body


@pytest.mark.parametrize(
    ("data", "before", "after"),
    [
        (told(DELETE_TABLE), False, True),
        (told(DELETE_RULE), False, True),
        (told(DELETE_RULE) + told(DELETE_TABLE) + told(NEW_TABLE) + told(NEW_RULE), False, False),
        (told(NEW_ELEMENT), False, False),
        (told(NEW_ELEMENT), True, True),
        (told(DELETE_TABLE, "other"), False, False),
        (told(DELETE_TABLE, family=1), False, False),
    ],
)
def test_lost(data: bytes, before: bool, after: bool) -> None:
    assert lost(data, "hutch", before) is after
