from __future__ import annotations

import os
from pathlib import Path

from hutch.images.tar.tree import Found, Walk


def folder(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)


def test_the_order_is_that_of_sorted_siblings(tmp_path: Path) -> None:
    for name in ("d/a", "d-c/x", "d.b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    root = folder(tmp_path)
    assert [found.path for found in Walk(root)] == [b"d", b"d/a", b"d-c", b"d-c/x", b"d.b"]
    os.close(root)


def test_what_is_compared(tmp_path: Path) -> None:
    for side in ("new", "old"):
        (tmp_path / side / "d").mkdir(parents=True)
        for name in ("same", "mode", "size", "time", "d/in"):
            (tmp_path / side / name).write_text("x")
            os.utime(tmp_path / side / name, (1, 1))
    new = tmp_path / "new"
    (new / "mode").chmod(0o600)
    (new / "size").write_text("xx")
    os.utime(new / "time", (1, 2))
    (new / "more").symlink_to("same")
    (tmp_path / "old/less").touch()
    root, lower = folder(new), folder(tmp_path / "old")
    found = {each.path: each.kind for each in Walk(root, lower)}
    assert found == {
        b"d": "same", b"d/in": "same", b"same": "same", b"mode": "modified", b"size": "modified", b"time": "modified",
        b"more": "added", b"less": "deleted",
    }  # fmt: skip
    os.close(root)
    os.close(lower)


def test_folders_that_are_not_entered_and_links_that_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "out").symlink_to("/etc")
    root = folder(tmp_path)

    def enter(found: Found) -> bool:
        return found.path != b"a"

    assert [found.path for found in Walk(root, enter=enter)] == [b"a", b"out"]
    os.close(root)


def test_what_vanishes_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    root = folder(tmp_path)
    walk = iter(Walk(root))
    assert next(walk).path == b"a"
    (tmp_path / "b").unlink()
    assert list(walk) == []
    os.close(root)


def test_no_descriptor_is_left_when_a_walk_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    root = folder(tmp_path)
    before = os.listdir("/proc/self/fd")
    walk = iter(Walk(root, root))
    next(walk), next(walk)
    del walk
    assert len(os.listdir("/proc/self/fd")) == len(before)
    os.close(root)
