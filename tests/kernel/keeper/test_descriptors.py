"""What launcher and keepers hold open, and that it does not grow (CVE-2022-23471's shape)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from suites.guards import IMPORTS_NOTHING, SEALED, guarded

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
    """No folder of the host, no other container's log, socket or mounts."""
    logs = (str(house.base / "launcher.log"), f"{house.socket}.lock")
    first, second = house.run("sleep", "100"), house.run("sleep", "100")
    for keeper in (first, second):
        mounts = os.readlink(f"/proc/{keeper.event('started')['pid']}/ns/mnt")
        own = (str(house.base / "launcher.log"), f"{keeper.bundle}/log", "/sys/fs/cgroup/", mounts)
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


@guarded(SEALED)
def test_their_program_file_cannot_be_written_cve_2019_5736(house: Any) -> None:
    """A container's process is this program until its execve, and an entrypoint ``#!/proc/self/exe`` brings it back."""
    keeper = house.run("sleep", "100")
    keeper.event("started")
    for pid in (house.pid, keeper.pid):
        assert os.statvfs(f"/proc/{pid}/exe").f_flag & os.ST_RDONLY
        with pytest.raises(OSError, match=r"Read-only file system|Text file busy"):
            os.open(f"/proc/{pid}/exe", os.O_WRONLY | os.O_APPEND)


LOADS = re.compile(r'(\.py|\.pyc|\.so[.\d]*|/encodings|/lib/python[^"]*|nsswitch\.conf)"')


@guarded(IMPORTS_NOTHING)
@pytest.mark.parametrize("parked", [False, True])
def test_nothing_is_imported_after_the_root_has_changed(house: Any, tmp_path: Path, parked: bool) -> None:
    """From ``pivot_root`` (or from joining a container) to ``execve``, nothing is opened that a loader wants."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    log = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-s", "200", "-o", str(log), "-e", "trace=open,openat,pivot_root,setns,execve"]
    forker = int(Path(f"/proc/{house.pid}/task/{house.pid}/children").read_text().split()[0])
    tracer = subprocess.Popen([*command, "-p", str(forker)])
    try:
        end = time.monotonic() + 20
        while "TracerPid:\t0\n" in Path(f"/proc/{forker}/status").read_text():
            assert time.monotonic() < end
            time.sleep(0.02)
        identity = house.park(1)[0] if parked else ""
        keeper = house.run("sleep", "100", identity=identity)
        keeper.event("started")
        keeper.request(op="exec", exec="e", process=house.process(["true"]))
        keeper.event("exec-exit", "exec-failed")
        keeper.release()
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(20)
    entered = {"pivot_root": 0, "setns": 0}
    calls: dict[str, list[str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        pid, _, call = line.partition(" ")
        calls.setdefault(pid, []).append(call.strip())
    for each in calls.values():
        at = next((n for n, call in enumerate(each) if call.startswith(("pivot_root(", "setns("))), None)
        if at is None:
            continue
        entered[each[at].partition("(")[0]] += 1
        for call in each[at:]:
            if call.startswith("execve("):
                break
            assert not LOADS.search(call), call
    assert entered["pivot_root"] >= 1
    assert entered["setns"] >= 1
