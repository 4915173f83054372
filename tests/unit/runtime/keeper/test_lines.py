from __future__ import annotations

import pytest

from hutch.runtime.keeper.lines import LIMIT, LineSplitter


def docker_records(data: bytes) -> list[bytes]:
    """Docker's rule, record by record: parts of 16 KiB without a newline, the newline belongs to the last part."""
    records = []
    while data:
        newline = data.find(b"\n", 0, LIMIT)
        if newline >= 0:
            records.append(data[: newline + 1])
            data = data[newline + 1 :]
        else:
            records.append(data[:LIMIT])
            data = data[LIMIT:]
    return records


def feed_all(data: bytes, step: int) -> list[tuple[bytes, int]]:
    splitter = LineSplitter()
    blocks = []
    for number, start in enumerate(range(0, len(data), step)):
        blocks += splitter.feed(data[start : start + step], number + 1)
    return blocks + splitter.finish(10**6)


def records_of(blocks: list[tuple[bytes, int]]) -> list[bytes]:
    records = []
    for block, _ in blocks:
        records += block.splitlines(keepends=True)
    return records


@pytest.mark.parametrize("step", [1, 7, 4096, LIMIT - 1, LIMIT, LIMIT + 1, 65536, 10**6])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a\n",
        b"no newline",
        b"\n\n\nx",
        b"a" * LIMIT,
        b"a" * (LIMIT - 1) + b"\n" + b"b" * LIMIT + b"\nend",
        b"x" * 40000 + b"\nshort\n" + b"y" * 100000 + b"\n",
        b"line\n" * 20000,
    ],
    ids=["empty", "line", "rest", "blank", "full", "edge", "long", "many"],
)
def test_records_do_not_depend_on_the_reads(data: bytes, step: int) -> None:
    if step == 1 and len(data) > 50000:
        step = 97
    assert records_of(feed_all(data, step)) == docker_records(data)


def test_parts_of_one_line_share_its_first_time() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"a" * LIMIT, 5) == [(b"a" * LIMIT, 5)]
    assert splitter.feed(b"b" * LIMIT + b"c", 6) == [(b"b" * LIMIT, 5)]
    assert splitter.feed(b"d\nnext\n", 7) == [(b"cd\n", 5), (b"next\n", 7)]


def test_whole_lines_of_one_read_are_one_block() -> None:
    assert LineSplitter().feed(b"a\nb\nc\nrest", 9) == [(b"a\nb\nc\n", 9)]
