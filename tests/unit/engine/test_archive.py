"""Paths and archives below a root, as dockerd answers them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from hutch.engine import archive
from hutch.engine.view import View
from hutch.images.tar.extract import Manner
from hutch.model.errors import Invalid, NotFound, System
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, REGULAR, Entry
from hutch.model.tar.reader import Reader


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "out").write_text("host")
    made = tmp_path / "root"
    (made / "a/b").mkdir(parents=True)
    (made / "a/f").write_text("hi\n")
    (made / "a/f").chmod(0o4755)
    for name, target in (("l", "/a/f"), ("esc", "../../../../out"), ("ld", "/a"), ("a/rel", "f"), ("loop", "loop")):
        (made / name).symlink_to(target)
    return made


def view(root: Path) -> View:
    return View(os.open(root, os.O_PATH | os.O_DIRECTORY), live=False)


@pytest.mark.parametrize(
    ("path", "clean", "base"),
    [("/", "/", "/"), (".", "/.", "."), ("a", "/a", "a"), ("/a/", "/a/", "a"), ("../a/./b", "/a/b", "b"),
     ("/a/.", "/a/.", "."), ("//a//", "/a/", "a"), ("/a/..", "/.", ".")],
)  # fmt: skip
def test_paths(path: str, clean: str, base: str) -> None:
    assert (archive.absolute(path), archive.base(clean)) == (clean, base)


def test_modes_of_go() -> None:
    assert archive.go_mode(stat.S_IFDIR | 0o1755) == 1 << 31 | 1 << 20 | 0o755
    assert archive.go_mode(stat.S_IFCHR | 0o666) == 1 << 26 | 1 << 21 | 0o666


@pytest.mark.parametrize(
    ("path", "name", "target"),
    [("/a/f", "f", ""), ("/l", "l", "/a/f"), ("/esc", "esc", "/out"), ("/ld/", "ld", ""), ("/a/rel", "rel", "/a/f")],
)
def test_what_is_there(root: Path, path: str, name: str, target: str) -> None:
    with view(root) as seen:
        found = archive.stat(seen, path, "c")
    assert (found["name"], found["linkTarget"]) == (name, target)


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [("/no", NotFound, "Could not find the file /no in container c"), ("/a/f/", System, "lstat /a/f/: not a directory"),
     ("/loop", System, "evalSymlinksInScope: too many links in /loop"),
     ("/loop/", System, "lstat /loop/: too many levels of symbolic links")],
)  # fmt: skip
def test_what_is_not(root: Path, path: str, kind: type[Exception], text: str) -> None:
    with view(root) as seen, pytest.raises(kind) as caught:
        archive.stat(seen, path, "c")
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("path", "names"),
    [("/a", [b"a/", b"a/b/", b"a/f", b"a/rel"]), ("/ld/.", [b"./", b"./b/", b"./f", b"./rel"]), ("/esc", [b"esc"]),
     ("/", [b"/", b"/a/"])],
)  # fmt: skip
def test_reading(root: Path, path: str, names: list[bytes]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    assert [e.name for e in Reader(archive.read(view(root), path, "c"))][: len(names)] == names
    assert len(os.listdir("/proc/self/fd")) == before, "the view is closed"


def body(*entries: Entry) -> Any:
    data = [b"".join(write.head(entry) for entry in entries) + write.END, b""]
    return lambda _count: data.pop(0) if data else b""


def test_writing(root: Path, tmp_path: Path) -> None:
    with view(root) as seen:

        def put(path: str, entry: Entry, manner: Manner | None = None) -> None:
            archive.extract(seen, path, "c", body(entry), manner or Manner())

        put("/ld", Entry(b"new"))
        assert (root / "a/new").exists()
        put("/", Entry(b"ld/more"))
        assert (root / "a/more").exists(), "a link among the folders leads inside the root"
        put("/a", Entry(b"x"), manner=Manner(owner=(os.geteuid(), os.getegid())))
        with pytest.raises(Invalid, match="extraction point is not a directory"):
            put("/l", Entry(b"x"))
        with pytest.raises(NotFound):
            put("/no", Entry(b"x"))
        with pytest.raises(System, match='cannot overwrite directory "/a/b" with non-directory "/a"'):
            put("/a", Entry(b"b", REGULAR), manner=Manner(keep_kinds=True))
        with pytest.raises(System, match='cannot overwrite non-directory "/a/f" with directory "/a"'):
            put("/a", Entry(b"f/", FOLDER), manner=Manner(keep_kinds=True))
        put("/a", Entry(b"b", REGULAR))
        assert (root / "a/b").is_file()
    assert (tmp_path / "out").read_text() == "host" and sorted(os.listdir(tmp_path)) == ["out", "root"]


def test_the_folder_itself_keeps_its_mode(root: Path) -> None:
    (root / "a").chmod(0o700)
    with view(root) as seen:
        archive.extract(seen, "/a", "c", body(Entry(b"./", FOLDER, 0o777), Entry(b"./y")), Manner())
    assert (root / "a").stat().st_mode & 0o777 == 0o700 and (root / "a/y").exists()
