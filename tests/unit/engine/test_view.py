"""Views of containers; what mounts is in the kernel tests."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hutch.engine import view
from hutch.linux import process
from hutch.model.errors import Unavailable
from hutch.model.mount import Mount
from hutch.storage.vfs import Vfs


def test_a_pid_that_is_somebody_elses_is_not_taken(tmp_path: Path) -> None:
    own = os.getpid()
    init = {"pid": own, "start_time": process.start_time(own)}
    (tmp_path / "keeper.json").write_text(json.dumps({"init": init}))
    with view.running(str(tmp_path)) as root:
        assert root.live and root.exists(str(tmp_path))
    init["start_time"] += 1
    (tmp_path / "keeper.json").write_text(json.dumps({"init": init}))
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(Unavailable):
        view.running(str(tmp_path))
    with pytest.raises(Unavailable):
        view.running(str(tmp_path / "none"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_view_that_is_forgotten_is_closed(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    made = view.View(os.open(tmp_path, os.O_PATH), live=False)
    del made
    assert len(os.listdir("/proc/self/fd")) == before


def test_missing_mount_points(tmp_path: Path) -> None:
    driver = Vfs(str(tmp_path))
    driver.prepare("c", None)
    (Path(driver.layer_dir("c")) / "there").mkdir()
    tmpfs, there = Mount("tmpfs", "tmpfs", "/none"), Mount("bind", "/x", "/there")
    assert not view.targets_missing(driver, "c", [tmpfs, there, Mount("bind", "/x", "/etc/hosts")])
    assert view.targets_missing(driver, "c", [there, Mount("bind", "/x", "/more")])
    driver.close()
