from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hutch.runtime.keeper import state


def test_a_state_file_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "exit.json"
    state.write(str(path), {"code": 3}, durable=True)
    state.write(str(path), {"code": 4}, durable=False)
    assert json.loads(path.read_text()) == {"code": 4}
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["exit.json"]


def test_the_processes_of_a_container(tmp_path: Path) -> None:
    path, own = tmp_path / "keeper.json", os.getpid()
    state.write_running(str(path), "c1", own, os.getppid(), "/docker/c1")
    value = json.loads(path.read_text())
    assert value["keeper"] == {"pid": own, "start_time": state.start_time(own)}
    assert value["init"] == {"pid": os.getppid(), "start_time": state.start_time(os.getppid())}
    assert (value["id"], value["cgroup"]) == ("c1", "/docker/c1")


def test_start_times_name_a_process() -> None:
    assert state.start_time(os.getpid()) > 0
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    assert state.start_time(pid) == 0


@pytest.mark.parametrize(("status", "expected"), [(0, (0, 0)), (3 << 8, (3, 0)), (9, (137, 9)), (15 | 0x80, (143, 15))])
def test_outcomes_as_docker_counts(status: int, expected: tuple[int, int]) -> None:
    assert state.outcome(status) == expected
