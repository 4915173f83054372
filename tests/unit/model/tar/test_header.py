from __future__ import annotations

import pytest

from hutch.model.errors import Invalid
from hutch.model.tar import header


def test_numbers() -> None:
    assert header.number(b"0000644\0") == 0o644
    assert header.number(b"   644 \0") == 0o644
    assert header.number(bytes(8)) == 0
    assert header.number(header.octal(1 << 40, 12)) == 1 << 40
    assert header.number(b"\xff" * 8) == -1
    for bad in (b"0000999\0", b"x644\0\0\0\0", b"-644\0\0\0\0", b"+644\0", b"6_44\0", b"0o644\0", b"6 44\0"):
        with pytest.raises(Invalid):
            header.number(bad)


def test_a_block_and_back() -> None:
    entry = header.Entry(b"name", header.CHAR, 0o640)
    entry.uid, entry.major, entry.minor, entry.mtime = 7, 1, 3, 9_000_000_000
    block = header.render(b"name", b"prefix", entry)
    back = header.parse(block)
    assert (back.name, back.mode, back.uid, back.major, back.minor) == (b"prefix/name", 0o640, 7, 1, 3)
    with pytest.raises(Invalid, match="checksum"):
        header.parse(block[:-1] + b"x")
