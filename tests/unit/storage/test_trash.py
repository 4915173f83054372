from __future__ import annotations

import os
from pathlib import Path

from hutch.storage.trash import Trash
from support.limits import few
from support.space import until


def test_thrown_away_and_gone(tmp_path: Path) -> None:
    (tmp_path / "tree/a/b").mkdir(parents=True)
    (tmp_path / "outside").write_text("stays")
    (tmp_path / "tree/a/link").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/a/dirlink").symlink_to(tmp_path)
    trash = Trash(str(tmp_path / ".trash"))
    assert trash.throw(str(tmp_path / "tree"))
    assert not (tmp_path / "tree").exists()
    assert not trash.throw(str(tmp_path / "tree"))
    trash.close()
    assert os.listdir(tmp_path / ".trash") == []
    assert (tmp_path / "outside").read_text() == "stays"


def test_the_next_process_empties_what_was_left(tmp_path: Path) -> None:
    (tmp_path / ".trash/left/deep").mkdir(parents=True)
    (tmp_path / ".trash/file").write_text("")
    Trash(str(tmp_path / ".trash")).close()
    assert os.listdir(tmp_path / ".trash") == []


def test_a_tree_deeper_than_any_path(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    fd = os.open(tmp_path / "deep", os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    trash = Trash(str(tmp_path / ".trash"))
    trash.throw(str(tmp_path / "deep"))
    trash.close()
    assert os.listdir(tmp_path / ".trash") == [] and trash.failed == {}


def test_something_may_come_first_but_not_for_what_lay_deep(tmp_path: Path) -> None:
    told: list[str] = []

    def first(path: str) -> None:
        told.append(path)
        if os.path.exists(f"{path}/busy"):
            raise OSError(16, "busy", path)

    trash = Trash(str(tmp_path / "trash"), first)
    at = tmp_path / "deep"
    for _ in range(100):
        at.mkdir()
        at = at / "d"
    (tmp_path / "kept/busy").mkdir(parents=True)
    assert trash.throw(str(tmp_path / "deep")) and trash.throw(str(tmp_path / "kept"))
    trash.close()
    assert len(told) == 2 and len(trash.failed) == 1
    (left,) = os.listdir(tmp_path / "trash")
    assert told[1].endswith(left)


def test_what_there_was_no_descriptor_for_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "tree/a").mkdir(parents=True)
    trash = Trash(str(tmp_path / ".trash"))
    with few(os.getpid(), 0):
        trash.throw(str(tmp_path / "tree"))
        assert not until(lambda: (tmp_path / ".trash").stat().st_nlink == 2, 0.2)
    assert until(lambda: (tmp_path / ".trash").stat().st_nlink == 2)
    trash.close()
    assert trash.failed == {}
