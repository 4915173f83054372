import os
import select

from hutch.runtime.cgroups import oom


def test_counts(tmp_path):
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\n")
    assert oom.count(str(tmp_path), 1) == 3 and oom.count(str(tmp_path), 2) == 1
    assert oom.count(str(tmp_path / "none"), 2) == 0


def test_watch_sees_a_change_and_becomes_quiet_again(tmp_path):
    (tmp_path / "memory.events").write_text("oom_kill 0\n")
    watch = oom.Watch(str(tmp_path), 2)
    try:
        watch.drain()
        assert select.select([watch.fd], [], [], 0)[0] == []
        (tmp_path / "memory.events").write_text("oom_kill 1\n")
        assert select.select([watch.fd], [], [], 5)[0] == [watch.fd]
        watch.drain()
        assert select.select([watch.fd], [], [], 0)[0] == []
        assert not os.get_inheritable(watch.fd)
    finally:
        watch.close()
