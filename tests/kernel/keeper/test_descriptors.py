"""What launcher and keepers hold open, and that it does not grow (CVE-2022-23471's shape)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel


def descriptors(pid: int) -> dict[int, str]:
    """What is open in the process, by number."""
    found = {}
    for link in Path(f"/proc/{pid}/fd").iterdir():
        found[int(link.name)] = os.readlink(link)
    return found


def others(pid: int, allowed: tuple[str, ...]) -> dict[int, str]:
    """What is open beyond the allow-list, of beginnings."""
    plain = ("/dev/null", "socket:", "pipe:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[pidfd]",
             "anon_inode:inotify", "anon_inode:[inotify]")  # fmt: skip
    return {n: what for n, what in descriptors(pid).items() if not what.startswith((*plain, *allowed))}


def test_launcher_and_keeper_hold_what_they_need_and_nothing_else(house: Any) -> None:
    """No folder of the host, no other container's log or socket."""
    logs = (str(house.base / "launcher.log"), f"{house.socket}.lock")
    first, second = house.run("sleep", "100"), house.run("sleep", "100")
    for keeper in (first, second):
        keeper.event("started")
        own = (str(house.base / "launcher.log"), f"{keeper.bundle}/log", "/sys/fs/cgroup/")
        assert others(keeper.pid, own) == {}
        assert all(keeper.bundle.name in what for what in descriptors(keeper.pid).values() if "/sys/fs/cgroup" in what)
    assert others(house.pid, logs) == {}


def test_execs_and_containers_leave_no_descriptor_behind(house: Any) -> None:
    keeper = house.run("sleep", "100")
    keeper.event("started")
    base, launcher = len(descriptors(keeper.pid)), len(descriptors(house.pid))
    for number in range(20):
        terminal = number % 2 == 1
        process = house.process(["true"] if number % 5 else ["no-such-program"], terminal)
        keeper.request(op="exec", exec=f"e{number}", process=process, tty=terminal)
        keeper.event("exec-exit", "exec-failed")
    for _ in range(5):
        house.run("true").event("exit")
    assert len(descriptors(keeper.pid)) == base, descriptors(keeper.pid)
    for each in house.keepers[1:]:
        each.release()
    house.ask(op="hello")
    assert len(descriptors(house.pid)) <= launcher, descriptors(house.pid)


def test_their_program_file_cannot_be_written_cve_2019_5736(house: Any) -> None:
    """A container's process is this program until its execve, and an entrypoint ``#!/proc/self/exe`` brings it back."""
    keeper = house.run("sleep", "100")
    keeper.event("started")
    for pid in (house.pid, keeper.pid):
        assert os.statvfs(f"/proc/{pid}/exe").f_flag & os.ST_RDONLY
        with pytest.raises(OSError, match=r"Read-only file system|Text file busy"):
            os.open(f"/proc/{pid}/exe", os.O_WRONLY | os.O_APPEND)
