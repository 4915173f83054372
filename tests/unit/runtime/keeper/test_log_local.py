from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.runtime.keeper.log_local import HEAD, STDERR, TAIL, LocalFormat, pack, whole_size


def test_a_block_as_documented() -> None:
    block = LocalFormat({}).encode("stderr", b"text\n", 7)
    assert HEAD.unpack_from(block) == (5, STDERR, 7)
    assert block[HEAD.size : -4] == b"text\n"
    assert TAIL.unpack(block[-4:]) == (5,)


@pytest.mark.parametrize("cut", [1, 4, 10, 16])
def test_a_half_written_block_is_cut_off(tmp_path: Path, cut: int) -> None:
    good = pack(1, 1, b"a\n") + pack(2, 2, b"bb\n")
    path = tmp_path / "log"
    path.write_bytes(good + pack(1, 3, b"ccc\n")[:-cut])
    fd = os.open(path, os.O_RDWR)
    try:
        assert LocalFormat({}).repair(fd) == len(good)
    finally:
        os.close(fd)
    assert path.read_bytes() == good


def test_a_whole_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(1, 1, b"a\n"))
    with path.open("rb") as file:
        assert whole_size(file.fileno(), path.stat().st_size) == path.stat().st_size
        assert whole_size(file.fileno(), 0) == 0


def test_only_a_log_with_attributes_has_a_head() -> None:
    assert LocalFormat({}).head == b""
    assert b'{"a":"b"}' in LocalFormat({"a": "b"}).head
