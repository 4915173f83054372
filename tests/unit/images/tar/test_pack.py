from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hutch.images.tar import pack
from hutch.images.tar.tree import Walk
from hutch.model.errors import System
from hutch.model.tar import header
from hutch.model.tar.reader import Reader


def packed(folder: Path) -> bytes:
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    packer = pack.Packer()
    try:
        return b"".join(piece for found in Walk(root) for piece in packer.entry(found, found.path))
    finally:
        os.close(root)


def test_kinds_times_and_links(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 600)
    os.utime(tmp_path / "f", ns=(0, 1_999_999_999))
    os.link(tmp_path / "f", tmp_path / "g")
    (tmp_path / "l").symlink_to("f")
    os.mkfifo(tmp_path / "p")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "s"))
        data = packed(tmp_path)
    entries = list(Reader([data]))
    assert [(e.name, e.kind, e.link) for e in entries] == [
        (b"f", header.REGULAR, b""), (b"g", header.HARDLINK, b"f"), (b"l", header.SYMLINK, b"f"),
        (b"p", header.FIFO, b""),
    ]  # fmt: skip
    assert entries[0].mtime == 1_000_000_000, "as dockerd: cut, not rounded"
    assert len(data) == 512 * (1 + 2 + 3)


def test_a_file_that_grows_and_one_that_shrinks(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 3_000_000)
    root = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    walk = iter(Walk(root))
    found = next(walk)
    pieces = pack.Packer().entry(found, b"f")
    head = next(pieces)
    os.truncate(tmp_path / "f", 4_000_000)
    rest = b"".join(pieces)
    assert int(head[124:135], 8) == 3_000_000 and len(rest) == 3_000_000 + -3_000_000 % 512
    pieces = pack.Packer().entry(found, b"f")
    next(pieces)
    os.truncate(tmp_path / "f", 10)
    with pytest.raises(System, match="shorter"):
        list(pieces)
    del walk
    os.close(root)


def test_marks_share_one_inode_and_dockerd_tells(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.link(tmp_path / "a", tmp_path / "b")
    packer, mark = pack.Packer(), (tmp_path / "a").stat()
    first, second = packer.whiteout(b"d/a", mark), packer.whiteout(b"d/b", mark)
    assert first[:7] == b"d/.wh.a" and first[157:160] == bytes(3)
    assert second[:7] == b"d/.wh.b" and second[156:160] == b"0d/a" and second[100:107] == b"0000600"


def test_an_opaque_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (entry,) = Reader([pack.Packer.opaque(b"d", tmp_path.stat())])
    assert (entry.name, entry.mode, entry.mtime, entry.kind) == (b"d/.wh..wh..opq", 0o777, 0, header.REGULAR)
