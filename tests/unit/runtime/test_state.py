import os
import subprocess
from pathlib import Path

import pytest

from hutch.linux import process
from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.runtime import state


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "ü", "x" * 1025])
def test_odd_ids_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        state.check_id(name)


def test_folders_are_made_once(tmp_path: Path) -> None:
    state.make_folder(str(tmp_path), "x")
    with pytest.raises(Conflict, match="already exists"):
        state.make_folder(str(tmp_path), "x")
    with pytest.raises(NotFound):
        state.load(str(tmp_path), "x")
    (tmp_path / "file").write_text("is no container")
    assert state.load_all(str(tmp_path)) == []


def test_a_process_with_another_start_time_is_another_one() -> None:
    started = process.start_time(os.getpid())
    assert state.alive(os.getpid(), started)
    assert not state.alive(os.getpid(), started + 1)


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not state.alive(child.pid, process.start_time(child.pid))
    child.wait()


def test_a_stopped_container_is_what_its_file_says(tmp_path: Path) -> None:
    folder = state.make_folder(str(tmp_path), "x")
    data = {"pid": 1, "startTime": 1, "bundle": "/b", "rootfs": "/b/r", "created": "then", "annotations": {}}
    state.Container(str(tmp_path), "x", {**data, "pid": 2**22 + 5}).save()
    assert os.listdir(folder) == ["state.json"]
    loaded = state.load(str(tmp_path), "x").to_oci()
    assert (loaded["status"], loaded["pid"], loaded["bundle"]) == ("stopped", 0, "/b")
