from __future__ import annotations

import os
from pathlib import Path

from hutch.storage import reserve
from hutch.storage.reserve import SIZE, Reserve


def test_it_is_real_room_and_kept_while_the_disk_has_plenty(tmp_path: Path) -> None:
    path = tmp_path / "a.db-reserve"
    held = Reserve(str(path))
    held.take()
    assert held.held == (reserve.free(str(tmp_path)) >= reserve.PLENTY)
    held.give()
    assert path.stat().st_blocks * 512 >= SIZE
    assert Reserve(str(path)).held, "the next process finds it"


def test_one_that_was_spent_is_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db-reserve"
    path.write_bytes(b"")
    spent = Reserve(str(path))
    assert not spent.held
    spent.take()
    assert spent.held and os.path.getsize(path) == SIZE


def test_where_nothing_can_be_written_it_stays_spent(tmp_path: Path) -> None:
    spent = Reserve(str(tmp_path / "missing" / "a.db-reserve"))
    spent.take()
    assert not spent.held
