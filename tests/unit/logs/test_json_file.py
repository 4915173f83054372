from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.logs.json_file import JsonFile


def line(text: str) -> bytes:
    return b'{"log":"%s\\n","stream":"stdout","time":"2026-01-02T03:04:05.1Z"}\n' % text.encode()


def test_whole_records_and_a_rest() -> None:
    records, rest = JsonFile().parse(line("a") + line("\\u003cb") + b'{"log":')
    assert [r.line for r in records] == [b"a\n", b"<b\n"]
    assert records[0].time == "2026-01-02T03:04:05.100000000Z"
    assert rest == b'{"log":'


def test_damaged_records_are_left_out() -> None:
    records, _ = JsonFile().parse(line("a") + b"garbage\n" + b'{"log":"x\xff"}\n' + line("b"))
    assert [r.line for r in records] == [b"a\n", b"b\n"]


def test_attributes() -> None:
    records, _ = JsonFile().parse(b'{"log":"a","stream":"stderr","attrs":{"k":"v"},"time":"2026-01-02T03:04:05Z"}\n')
    assert records[0].attrs == {"k": "v"}
    assert records[0].stream == "stderr"


@pytest.mark.parametrize("count", [0, 1, 2, 999, 2999, 3000, 4000])
def test_going_back(tmp_path: Path, count: int) -> None:
    path = tmp_path / "l"
    path.write_bytes(b"".join(line("x" * (n % 100) + str(n)) for n in range(3000)))
    fd = os.open(path, os.O_RDONLY)
    try:
        offset, found = JsonFile().back(fd, path.stat().st_size, count)
        records, _ = JsonFile().parse(path.read_bytes()[offset:])
    finally:
        os.close(fd)
    assert len(records) == found == min(count, 3000)


def test_going_back_in_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "l").touch()
    with (tmp_path / "l").open("rb") as file:
        assert JsonFile().back(file.fileno(), 0, 5) == (0, 0)
        assert JsonFile().start(file.fileno(), 0) == b""
