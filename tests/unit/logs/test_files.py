from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from hutch.logs.files import LogFile, newer, open_all


def contents(files: list[LogFile]) -> list[bytes]:
    out = []
    for file in files:
        file.unpack()
        out.append(os.pread(file.fd, 1000, 0))
        file.close()
    return out


def log(tmp_path: Path) -> str:
    (tmp_path / "l").write_bytes(b"3")
    (tmp_path / "l.1").write_bytes(b"2")
    (tmp_path / "l.2.gz").write_bytes(gzip.compress(b"1"))
    (tmp_path / "l.gz.tmp").write_bytes(b"unfinished")
    (tmp_path / "l.9").write_bytes(b"not ours")
    return str(tmp_path / "l")


def test_oldest_first(tmp_path: Path) -> None:
    assert contents(open_all(log(tmp_path))) == [b"1", b"2", b"3"]


def test_a_file_that_was_compressed_just_now_is_read_once(tmp_path: Path) -> None:
    path = log(tmp_path)
    (tmp_path / "l.1.gz").write_bytes(gzip.compress(b"2"))
    assert contents(open_all(path)) == [b"1", b"2", b"3"]


def test_no_log(tmp_path: Path) -> None:
    assert open_all(str(tmp_path / "none")) == []


def test_newer(tmp_path: Path) -> None:
    path = log(tmp_path)
    last, current = LogFile(f"{path}.1"), LogFile(path)
    files, found = newer(path, last)
    assert contents(files) == [b"3"] and found
    assert newer(path, current) == ([], True)
    last.close()
    current.close()


def test_newer_than_one_that_was_compressed_meanwhile_under_another_number(tmp_path: Path) -> None:
    path = log(tmp_path)
    last = LogFile(f"{path}.1")
    (tmp_path / "l.3.gz").write_bytes(gzip.compress(b"1"))
    (tmp_path / "l.2.gz").write_bytes(gzip.compress(b"2"))
    (tmp_path / "l").rename(tmp_path / "l.1")
    (tmp_path / "l").write_bytes(b"4")
    files, found = newer(path, last)
    assert contents(files) == [b"3", b"4"] and found
    last.close()


def test_when_the_last_one_is_no_more_everything_is_newer(tmp_path: Path) -> None:
    path = log(tmp_path)
    (tmp_path / "gone").write_bytes(b"0")
    last = LogFile(str(tmp_path / "gone"))
    files, found = newer(path, last)
    assert contents(files) == [b"1", b"2", b"3"] and not found
    last.close()


def test_damage_is_an_error_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(b"")
    (tmp_path / "l.1.gz").write_bytes(gzip.compress(b"x" * 1000)[:-9])
    files = open_all(str(tmp_path / "l"))
    with pytest.raises(OSError, match="damaged compressed log"):
        files[0].unpack()
    for file in files:
        file.close()
