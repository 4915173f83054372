from __future__ import annotations

from pathlib import Path

import pytest

from hutch.cli.copying import places
from hutch.cli.copying.places import Place
from hutch.cli.errors import CommandError


@pytest.mark.parametrize(
    ("word", "container", "path"),
    [("a:/b", "a", "/b"), ("/a:b", "", "/a:b"), ("./a:b", "", "./a:b"), ("a", "", "a"), ("a:b:c", "a", "b:c")],
)
def test_arguments(word: str, container: str, path: str) -> None:
    assert places.split(word) == (container, path)


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("/a/b", "/a", "b"),
        ("/a/b/", "/a", "b"),
        ("/a/b/.", "/a/b", "."),
        ("/", "/", "/"),
        ("b", ".", "b"),
        ("/a", "/", "a"),
    ],
)
def test_the_last_name(path: str, folder: str, name: str) -> None:
    assert places.parted(path) == (folder, name)


FILE, FOLDER = Place("/s/f"), Place("/s/d", folder=True)


@pytest.mark.parametrize(
    ("what", "where", "wanted"),
    [
        (FILE, Place("/t", folder=True), ("/t", "f")),
        (FILE, Place("/t/g"), ("/t", "g")),
        (FILE, Place("/t/new", exists=False), ("/t", "new")),
        (FILE, Place("/t/new/", exists=False), "no such directory"),
        (FOLDER, Place("/t", folder=True), ("/t", "d")),
        (FOLDER, Place("/t/g"), "cannot copy directory"),
        (FOLDER, Place("/t/new", exists=False), ("/t", "new")),
        (Place("/s/d/.", folder=True), Place("/t", folder=True), ("/t", ".")),
        (Place("/s/d/.", folder=True), Place("/t/new", exists=False), ("/t", "new")),
        (Place("/s/real/", folder=True, name="link"), Place("/t", folder=True), ("/t", "link")),
    ],
)
def test_what_becomes_what(what: Place, where: Place, wanted: tuple[str, str] | str) -> None:
    if isinstance(wanted, str):
        with pytest.raises(CommandError, match=wanted):
            places.plan(what, where)
    else:
        assert places.plan(what, where) == wanted


def test_links_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "ld").symlink_to("d")
    (tmp_path / "lost").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    base = str(tmp_path)
    assert not places.source(f"{base}/ld", follow=False).folder
    there = places.source(f"{base}/ld/", follow=False)
    assert (there.path, there.folder, there.name) == (f"{base}/d/", True, "ld")
    assert places.source(f"{base}/ld", follow=True).name == "ld"
    with pytest.raises(CommandError, match=f"lstat {base}/no: no such file or directory"):
        places.source(f"{base}/no", follow=False)
    assert places.destination(f"{base}/ld").path == f"{base}/d" and places.destination(f"{base}/ld").folder
    assert not places.destination(f"{base}/lost").exists
    with pytest.raises(CommandError, match="too many symlinks"):
        places.destination(f"{base}/loop")
    with pytest.raises(CommandError, match="no such file"):
        places.destination(f"{base}/no/x")
