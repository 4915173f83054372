from __future__ import annotations

from pathlib import Path

import pytest

from hutch.logs.local import Local
from hutch.runtime.keeper.log_local import LocalFormat


def test_blocks_become_lines() -> None:
    form = LocalFormat({})
    data = form.encode("stdout", b"a\n\nb\r\n", 1) + form.encode("stderr", b"part", 2)
    records, rest = Local().parse(data + data[:5])
    assert [(r.stream, r.line) for r in records] == [
        ("stdout", b"a\n"), ("stdout", b"\n"), ("stdout", b"b\r\n"), ("stderr", b"part"),
    ]  # fmt: skip
    assert records[0].time == "1970-01-01T00:00:00.000000001Z"
    assert rest == data[:5]


def test_nothing_is_read_behind_damage() -> None:
    good = LocalFormat({}).encode("stdout", b"a\n", 1)
    records, rest = Local().parse(good + b"\xff" * 40)
    assert len(records) == 1
    assert rest == b""


@pytest.mark.parametrize("count", [0, 1, 3, 4, 29, 30, 99])
@pytest.mark.parametrize("attrs", [{}, {"k": "v"}])
def test_going_back(tmp_path: Path, count: int, attrs: dict[str, str]) -> None:
    form = LocalFormat(attrs)
    data = form.head + b"".join(form.encode("stdout", b"x\ny\nz\n", n) for n in range(10))
    path = tmp_path / "l"
    path.write_bytes(data)
    reader = Local()
    with path.open("rb") as file:
        offset, found = reader.back(file.fileno(), len(data), count)
        start = reader.start(file.fileno(), offset)
    records, _ = reader.parse(start + data[offset:])
    assert len(records) == found
    assert min(count, 30) <= found <= min(count + 2, 30)
    assert all(record.attrs == attrs for record in records)
