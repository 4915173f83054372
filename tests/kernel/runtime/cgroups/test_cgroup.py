"""Real cgroups below /hutch-test-<pid>, on whatever layout the machine has."""

import contextlib
import os
import select
import signal
import time

import pytest

from hutch.model.errors import System
from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.runtime.cgroups.layout import detect

pytestmark = pytest.mark.kernel

DENY_ALL = {"allow": False, "access": "rwm"}


@pytest.fixture
def group():
    group = open_cgroup(f"/hutch-test-{os.getpid()}/{time.monotonic_ns()}")
    group.create()
    yield group
    group.kill_all()
    group.remove()
    open_cgroup(f"/hutch-test-{os.getpid()}").remove()


@contextlib.contextmanager
def child(group, body=None):
    """A process in the cgroup: it runs ``body`` and exits with what that returns, or sleeps."""
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the test run's own way to end
            os.read(ready, 1)
            code = body() if body else time.sleep(60)
        finally:
            os._exit(code or 0)
    try:
        group.attach(pid)
        os.write(go, b"x")
        yield pid
    finally:
        os.close(ready)
        os.close(go)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def result(group, body):
    with child(group, body) as pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def value(group, controller, v1, v2):
    version = group.layout.version_of(controller)
    with open(f"{group.folder(controller)}/{v1 if version == 1 else v2}") as file:
        return file.read().strip()


def test_attached_processes_are_listed_and_the_cgroup_shows_in_proc(group):
    with child(group) as pid:
        assert group.pids() == [pid]
        with open(f"/proc/{pid}/cgroup") as file:
            paths = {line.split(":", 2)[2].strip() for line in file}
        assert paths == {group.path}


def test_limits_are_written(group):
    group.apply(
        {
            "memory": {"limit": 64 << 20, "reservation": 32 << 20},
            "cpu": {"shares": 2048, "quota": 50000, "period": 100000, "cpus": "0", "mems": "0"},
            "pids": {"limit": 55},
        }
    )
    assert value(group, "memory", "memory.limit_in_bytes", "memory.max") == str(64 << 20)
    assert value(group, "memory", "memory.soft_limit_in_bytes", "memory.low") == str(32 << 20)
    assert value(group, "cpu", "cpu.shares", "cpu.weight") in ("2048", "170", "174", "175")
    assert value(group, "cpu", "cpu.cfs_quota_us", "cpu.max").startswith("50000")
    assert value(group, "cpuset", "cpuset.cpus", "cpuset.cpus") == "0"
    assert value(group, "pids", "pids.max", "pids.max") == "55"


def test_limits_can_be_raised_and_lowered(group):
    for size in (64 << 20, 128 << 20, 32 << 20):
        group.apply({"memory": {"limit": size, "swap": size}})
        assert value(group, "memory", "memory.limit_in_bytes", "memory.max") == str(size)


def test_quota_can_change_with_its_period(group):
    for quota, period in ((50000, 100000), (900000, 1000000), (1000, 1000)):
        group.apply({"cpu": {"quota": quota, "period": period}})
    assert value(group, "cpu", "cpu.cfs_quota_us", "cpu.max").startswith("1000")


def test_pids_limit_holds(group):
    group.apply({"pids": {"limit": 3}})

    def fork_many():
        for count in range(10):
            try:
                if os.fork() == 0:
                    time.sleep(5)
                    os._exit(0)
            except BlockingIOError:
                return count
        return 50

    assert result(group, fork_many) == 2
    assert group.kill_all() == 2


def test_memory_limit_kills_and_is_counted_and_watched(group):
    group.apply({"memory": {"limit": 16 << 20, "swap": 16 << 20}})
    watch = group.watch_oom()
    try:
        assert result(group, lambda: len(b"x" * (64 << 20)) and 0) == -signal.SIGKILL
        assert select.select([watch.fd], [], [], 5)[0]
    finally:
        watch.close()
    assert group.oom_count() == 1


def test_device_rules_deny_and_allow_and_are_replaced(group):
    def outcome():
        codes = 0
        for bit, path in ((1, "/dev/null"), (2, "/dev/kmsg")):
            try:
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            except PermissionError:
                codes |= bit
        return codes

    assert result(group, outcome) == 0
    group.apply({"devices": [DENY_ALL]})
    assert result(group, outcome) == 2
    group.apply({"devices": [DENY_ALL, {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}]})
    assert result(group, outcome) == 0
    group.apply({"devices": [DENY_ALL]})
    assert result(group, outcome) == 2


def test_freeze_stops_and_thaw_continues(group):
    counter, out = os.pipe()

    def count():
        while True:
            os.write(out, b".")
            time.sleep(0.001)

    with child(group, count):
        assert os.read(counter, 1)
        group.freeze()
        assert group.is_frozen()
        os.set_blocking(counter, False)
        with contextlib.suppress(BlockingIOError):
            while os.read(counter, 65536):
                pass
        time.sleep(0.1)
        with pytest.raises(BlockingIOError):
            os.read(counter, 1)
        group.thaw()
        assert not group.is_frozen()
        os.set_blocking(counter, True)
        assert os.read(counter, 1)
    os.close(counter)
    os.close(out)


def test_kill_all_takes_every_descendant_even_frozen(group):
    def tree():
        for _ in range(5):
            os.fork()
        time.sleep(60)

    with child(group, tree) as pid:
        while len(group.pids()) < 32:
            time.sleep(0.01)
        group.freeze()
        assert group.kill_all() == 32
        group.thaw()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        while group.pids():
            time.sleep(0.01)


def test_kill_all_with_another_signal(group):
    with child(group) as pid:
        assert group.kill_all(signal.SIGTERM) == 1
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM


def test_accounting_moves(group):
    def hold():
        kept = b"x" * (8 << 20)
        time.sleep(60)
        return len(kept)

    def work():
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        return 0

    assert result(group, work) == 0
    stats = group.stats()
    assert stats["cpu_stats"]["cpu_usage"]["total_usage"] > 150_000_000
    assert stats["pids_stats"]["current"] == 0
    with child(group, hold):
        deadline = time.monotonic() + 5
        while group.stats()["memory_stats"]["usage"] < 1 << 19 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert group.stats()["memory_stats"]["usage"] >= 1 << 19
        assert group.stats()["pids_stats"]["current"] == 1


def test_a_refused_value_names_file_and_value(group):
    with pytest.raises(System, match=r"'0-2147483647' to .*/cpuset\.cpus"):
        group.apply({"cpu": {"cpus": "0-2147483647"}})


def test_cloning_into_the_cgroup_works_where_v2_is(group):
    if detect().v2 is None:
        pytest.skip("no cgroup2 hierarchy is mounted")
    fd = group.fd()
    try:
        assert os.fstat(fd).st_ino == os.stat(group.unified()).st_ino and not os.get_inheritable(fd)
    finally:
        os.close(fd)
