from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from hutch.storage.probing import entry_types, layers, whiteouts


def test_what_was_tried_is_gone_afterwards(tmp_path: Path) -> None:
    with ExitStack() as undo:
        base, options = layers(str(tmp_path), undo)
        assert options == (f"lowerdir={base}/lower", f"upperdir={base}/upper", f"workdir={base}/work")
        (Path(base) / "upper/file").touch()
        (Path(base) / "upper/folder/below").mkdir(parents=True)
        (Path(base) / "work/link").symlink_to("/etc")
    assert os.listdir(tmp_path) == []


def test_folders_here_tell_what_is_in_them(tmp_path: Path) -> None:
    assert entry_types(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_marks_need_a_folder_that_can_hold_a_device(tmp_path: Path) -> None:
    assert not whiteouts("/proc")
    assert whiteouts(str(tmp_path)) == (os.geteuid() == 0)
    assert os.listdir(tmp_path) == []
