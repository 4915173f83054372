from __future__ import annotations

import gzip
import time
from pathlib import Path

from hutch.runtime.keeper.rotate import RotatedFile


def rotated(
    path: Path, *, max_size: int = 10, max_file: int = 3, compress: bool = False, head: bytes = b""
) -> RotatedFile:
    return RotatedFile(str(path), max_size=max_size, max_file=max_file, compress=compress, head=head, boundary=b"\n")


def test_a_record_that_would_exceed_the_bound_begins_the_next_file(tmp_path: Path) -> None:
    file = rotated(tmp_path / "x", max_file=5)
    file.write(b"aaaa\nbbbb\ncccc\ndddddddddddddddd\ne\n")
    assert file.rooms == (8, 10)
    file.close()
    texts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert texts == {"x.3": b"aaaa\nbbbb\n", "x.2": b"cccc\n", "x.1": b"dddddddddddddddd\n", "x": b"e\n"}


def test_no_more_files_than_allowed(tmp_path: Path) -> None:
    file = rotated(tmp_path / "x")
    for number in range(50):
        file.write(b"record %03d\n" % number)
    file.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x", "x.1", "x.2"]
    assert (tmp_path / "x").read_bytes() == b"record 049\n"
    assert (tmp_path / "x.1").read_bytes() == b"record 048\n"


def test_one_file_starts_again(tmp_path: Path) -> None:
    file = rotated(tmp_path / "x", max_file=1)
    for number in range(9):
        file.write(b"record %03d\n" % number)
    file.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x": b"record 008\n"}


def test_old_files_are_compressed_in_the_background(tmp_path: Path) -> None:
    file = rotated(tmp_path / "x", max_file=5, compress=True)
    for number in range(4):
        file.write(b"record %03d\n" % number)
    file.close()
    end = time.monotonic() + 20
    while (names := sorted(path.name for path in tmp_path.iterdir())) != ["x", "x.1.gz", "x.2.gz", "x.3.gz"]:
        assert time.monotonic() < end, names
        time.sleep(0.01)
    for number in (1, 2, 3):
        assert gzip.decompress((tmp_path / f"x.{number}.gz").read_bytes()) == b"record %03d\n" % (3 - number)


def test_every_file_starts_with_the_head_and_an_old_one_goes_on(tmp_path: Path) -> None:
    file = rotated(tmp_path / "x", head=b"head\n")
    file.write(b"aaaaa\nb\n")
    file.close()
    again = rotated(tmp_path / "x", head=b"head\n")
    again.write(b"c\n")
    again.close()
    assert (tmp_path / "x.1").read_bytes() == b"head\naaaaa\n"
    assert (tmp_path / "x").read_bytes() == b"head\nb\nc\n"
