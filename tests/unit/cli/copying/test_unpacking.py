"""What a container sends is hostile: nothing outside of the folder may change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.cli.copying.renaming import Renaming
from hutch.cli.copying.unpacking import Unpacker
from hutch.cli.errors import CommandError
from hutch.model.errors import HutchError
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, HARDLINK, REGULAR, SYMLINK, Entry


def entry(name: str, kind: bytes = REGULAR, link: str = "", mode: int = 0o644, text: bytes = b"") -> bytes:
    made = Entry(name.encode(), kind, mode, len(text))
    made.link, made.mtime = link.encode(), 1_500_000_000 * 10**9
    return write.head(made) + text + bytes(-len(text) % 512)


def unpack(folder: Path, *entries: bytes, old: str = "a", new: str = "a") -> None:
    Unpacker(str(folder), Renaming(old, new)).run([b"".join(entries) + write.END])


def test_names_modes_and_times(tmp_path: Path) -> None:
    unpack(
        tmp_path, entry("a/", FOLDER, mode=0o2750), entry("a/f", mode=0o4755, text=b"text"),
        entry("a/l", SYMLINK, "/x"), entry("a/h", HARDLINK, "a/f"), entry("a/deep/x"), new="b",
    )  # fmt: skip
    assert (tmp_path / "b/f").read_text() == "text" and (tmp_path / "b/l").readlink() == Path("/x")
    assert (tmp_path / "b/f").stat().st_mode & 0o7777 == 0o4755 and (tmp_path / "b").stat().st_mode & 0o7777 == 0o2750
    assert (tmp_path / "b/h").stat().st_ino == (tmp_path / "b/f").stat().st_ino
    assert (tmp_path / "b").stat().st_mtime == (tmp_path / "b/f").stat().st_mtime == 1_500_000_000


@pytest.mark.parametrize(
    "entries",
    [
        (entry("a/l", SYMLINK, "../../out"), entry("a/l/x", text=b"evil")),
        (entry("a", SYMLINK, "../out"), entry("a/", FOLDER)),
        (entry("../out/x", text=b"evil"),),
        (entry("a/l", SYMLINK, "../../out/f"), entry("a/h", HARDLINK, "a/l/../../out/f")),
        (entry("a/h", HARDLINK, "../out/f"),),
    ],
)
def test_nothing_leads_out(tmp_path: Path, entries: tuple[bytes, ...]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/f").write_text("mine")
    before = os.stat(tmp_path / "out").st_mtime_ns
    (tmp_path / "in").mkdir()
    with pytest.raises((CommandError, HutchError)):
        unpack(tmp_path / "in", *entries)
    assert os.listdir(tmp_path / "out") == ["f"] and (tmp_path / "out/f").read_text() == "mine"
    assert os.stat(tmp_path / "out").st_mtime_ns == before and os.stat(tmp_path / "out/f").st_nlink == 1


def test_a_link_that_is_there_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a").symlink_to("mine")
    unpack(tmp_path, entry("a", text=b"new"))
    assert (tmp_path / "mine").read_text() == "mine" and not (tmp_path / "a").is_symlink()


def test_folders_and_files_do_not_replace_each_other(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "f").touch()
    with pytest.raises(
        CommandError, match=f'cannot overwrite directory "{tmp_path}/d" with non-directory "{tmp_path}"'
    ):
        unpack(tmp_path, entry("d"))
    with pytest.raises(CommandError, match="cannot overwrite non-directory"):
        unpack(tmp_path, entry("f/", FOLDER))
    with pytest.raises(CommandError, match="no such file"):
        unpack(tmp_path / "none")
