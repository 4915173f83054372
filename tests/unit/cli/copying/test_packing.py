from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.cli.copying.packing import pack
from hutch.cli.errors import CommandError
from hutch.model.tar.reader import Reader


def test_a_folder_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b").write_bytes(b"x" * 700_000)
    os.link(tmp_path / "d/b", tmp_path / "d/c")
    (tmp_path / "d/a").symlink_to("/etc/passwd")
    pieces = list(pack(str(tmp_path / "d"), "new"))
    entries = list(Reader(pieces))
    assert [(e.name, e.kind, e.link) for e in entries] == [
        (b"new/", b"5", b""), (b"new/a", b"2", b"/etc/passwd"), (b"new/b", b"0", b""), (b"new/c", b"1", b"new/b"),
    ]  # fmt: skip
    assert [e.name for e in Reader(pack(str(tmp_path / "d") + "/.", "."))][:2] == [b"./", b"./a"]


def test_a_link_is_not_followed_and_what_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("d")
    (entry,) = Reader(pack(str(tmp_path / "l"), "l"))
    assert entry.kind == b"2"
    with pytest.raises(CommandError, match=f"open {tmp_path}/no: no such file or directory"):
        list(pack(str(tmp_path / "no"), "no"))
