from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.logs.read import ReadOptions, read
from hutch.model.errors import Unsupported
from hutch.runtime.keeper.log_json import JsonFormat
from hutch.runtime.keeper.rotate import RotatedFile

SECOND = 1_000_000_000


async def lines(path: Path, options: ReadOptions) -> list[bytes]:
    return [record.line async for record in read("json-file", str(path), options)]


def write(path: Path, count: int, *, max_size: int = 0, first: int = 0) -> None:
    file = RotatedFile(str(path), max_size=max_size, max_file=4, compress=False, boundary=b"\n")
    form = JsonFormat({})
    for number in range(first, first + count):
        stream = "stderr" if number % 2 else "stdout"
        file.write(form.encode(stream, b"%d\n" % number, (number + 1) * SECOND))
    file.close()


def test_none_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"^configured logging driver does not support reading$"):
        asyncio.run(anext(read("none", str(tmp_path / "l"), ReadOptions())))


def test_streams_and_bounds(tmp_path: Path) -> None:
    path = tmp_path / "l"
    write(path, 6)
    assert asyncio.run(lines(path, ReadOptions(stdout=False))) == [b"1\n", b"3\n", b"5\n"]
    assert asyncio.run(lines(path, ReadOptions(since=3 * SECOND, until=5 * SECOND))) == [b"2\n", b"3\n", b"4\n"]
    assert asyncio.run(lines(path, ReadOptions(since=3 * SECOND + 1))) == [b"3\n", b"4\n", b"5\n"]


@pytest.mark.parametrize("tail", [0, 1, 5, 12, 1000])
def test_tail_over_rotated_files(tmp_path: Path, tail: int) -> None:
    path = tmp_path / "l"
    write(path, 20, max_size=500)
    everything = asyncio.run(lines(path, ReadOptions()))
    assert everything == [b"%d\n" % n for n in range(20)]
    assert asyncio.run(lines(path, ReadOptions(tail=tail))) == everything[-tail:] * bool(tail)


def test_tail_counts_before_streams_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "l"
    write(path, 6)
    assert asyncio.run(lines(path, ReadOptions(tail=3, stdout=False))) == [b"3\n", b"5\n"]


def test_no_log_yet(tmp_path: Path) -> None:
    assert asyncio.run(lines(tmp_path / "l", ReadOptions())) == []


def test_following_outlives_rotation_and_ends_with_the_container(tmp_path: Path) -> None:
    path = tmp_path / "l"
    write(path, 3, max_size=200)

    async def scenario() -> list[bytes]:
        ended = asyncio.Event()
        task = asyncio.ensure_future(lines(path, ReadOptions(follow=True, tail=1, ended=ended)))
        for number in range(3, 40, 2):
            await asyncio.sleep(0.02)
            write(path, 2, max_size=200, first=number)
        ended.set()
        return await asyncio.wait_for(task, 10)

    assert asyncio.run(scenario()) == [b"%d\n" % n for n in range(2, 41)]


def test_following_says_what_it_missed(tmp_path: Path) -> None:
    path = tmp_path / "l"
    write(path, 1)

    async def scenario() -> list[bytes]:
        ended = asyncio.Event()
        seen = []
        reader = read("json-file", str(path), ReadOptions(follow=True, ended=ended))
        seen.append((await anext(reader)).line)
        write(path, 60, max_size=100, first=1)
        ended.set()
        seen += [record.line async for record in reader]
        return seen

    seen = asyncio.run(scenario())
    assert seen[0] == b"0\n"
    assert any(b"rotated away" in line for line in seen[1:3])
    assert seen[-1] == b"60\n"


def test_following_waits_until_the_bound(tmp_path: Path) -> None:
    import time

    path = tmp_path / "l"
    write(path, 1)
    options = ReadOptions(follow=True, until=time.time_ns() + SECOND // 5)
    assert asyncio.run(asyncio.wait_for(lines(path, options), 10)) == [b"0\n"]


def test_a_log_of_one_file_that_starts_again(tmp_path: Path) -> None:
    path = tmp_path / "l"
    write(path, 3)

    async def scenario() -> list[bytes]:
        ended = asyncio.Event()
        seen = []
        reader = read("json-file", str(path), ReadOptions(follow=True, ended=ended))
        for _ in range(3):
            seen.append((await anext(reader)).line)
        path.write_bytes(b"")
        write(path, 1, first=9)
        ended.set()
        seen += [record.line async for record in reader]
        return seen

    assert asyncio.run(scenario()) == [b"0\n", b"1\n", b"2\n", b"9\n"]
