from __future__ import annotations

import fcntl
import gzip
import os
import shutil
from contextlib import suppress
from pathlib import Path

from hutch.runtime.keeper import compress


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_old_files_are_done_and_nothing_else_is_left(tmp_path: Path) -> None:
    for name in ("x", "x.1", "x.3", "x.5", "y.1"):
        (tmp_path / name).write_text(f"this is {name}")
    (tmp_path / "x.2.gz").write_bytes(gzip.compress(b"done before"))
    (tmp_path / "x.gz.tmp").write_text("of one that was killed")
    compress.work(str(tmp_path / "x"), 5)
    assert names(tmp_path) == ["x", "x.1.gz", "x.2.gz", "x.3.gz", "x.5", "y.1"]
    assert gzip.decompress((tmp_path / "x.3.gz").read_bytes()) == b"this is x.3"


def test_only_one_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "x.1").write_text("old")
    with open(compress.unfinished(str(tmp_path / "x")), "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        compress.work(str(tmp_path / "x"), 5)
        compress.start(str(tmp_path / "x"), 5)
        assert names(tmp_path) == ["x.1", "x.gz.tmp"]
    compress.work(str(tmp_path / "x"), 5)
    assert names(tmp_path) == ["x.1.gz"]


def hold_a_moved_file(folder: Path, number: int) -> None:
    """A child compresses the big x.1 while we shift it to ``number`` (0: away)."""
    (folder / "x.1").write_bytes(os.urandom(3_000_000))
    pid = os.fork()
    if not pid:
        try:
            compress.work(str(folder / "x"), 4)
        finally:
            os._exit(0)
    while not (folder / "x.gz.tmp").exists():
        os.sched_yield()
    with compress.numbers_of(str(folder / "x")):
        assert names(folder) == ["x.1", "x.gz.tmp"]
        if number:
            (folder / "x.1").rename(folder / f"x.{number}")
        else:
            (folder / "x.1").unlink()
    assert os.waitpid(pid, 0)[1] == 0


def test_a_file_may_move_while_it_is_compressed(tmp_path: Path) -> None:
    hold_a_moved_file(tmp_path, 3)
    assert names(tmp_path) == ["x.3.gz"]


def test_what_fell_off_while_it_was_compressed_stays_away(tmp_path: Path) -> None:
    hold_a_moved_file(tmp_path, 0)
    assert names(tmp_path) == []


def test_whoever_waits_for_a_folder_that_is_removed_makes_nothing_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "x.1").write_text("old")
    with compress.numbers_of(str(folder / "x")) as there:
        assert there
        pid = os.fork()
        if not pid:
            try:
                compress.work(str(folder / "x"), 4)
                os._exit(0)
            finally:
                os._exit(1)
        while opened(pid).count(str(folder)) < 2:  # inherited, and its own
            os.sched_yield()
        shutil.rmtree(folder)
    assert os.waitpid(pid, 0)[1] == 0
    assert names(tmp_path) == []


def opened(pid: int) -> list[str]:
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        with suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return links
