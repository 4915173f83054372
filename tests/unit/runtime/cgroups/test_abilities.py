from hutch.runtime.cgroups.abilities import abilities
from hutch.runtime.cgroups.layout import Hierarchy, Layout


def test_v1_by_its_files(tmp_path):
    for name in ("memory.limit_in_bytes", "memory.swappiness", "blkio.bfq.weight"):
        (tmp_path / name).write_text("")
    layout = Layout([Hierarchy(1, str(tmp_path), "", ("memory", "blkio", "pids"))], None)
    assert abilities(layout) == {"memory", "swappiness", "blkio-weight", "pids"}


def test_v2_by_its_controllers(tmp_path):
    layout = Layout([], Hierarchy(2, str(tmp_path), "", ("cpu", "io", "pids")))
    assert abilities(layout) == {"cpu-shares", "cpu-cfs", "blkio-throttle", "pids"}
    (tmp_path / "child").mkdir()
    (tmp_path / "child/cgroup.controllers").write_text("io\n")
    (tmp_path / "child/io.weight").write_text("")
    assert {"blkio-weight", "blkio-weight-device"} <= abilities(layout)


def test_what_v2_has_not():
    layout = Layout([], Hierarchy(2, "/none", "", ("memory", "cpu")))
    assert not {"swappiness", "oom-kill-disable", "cpu-rt"} & abilities(layout)
    assert {"memory", "swap"} <= abilities(layout)


def test_nothing_mounted():
    assert abilities(Layout([], None)) == frozenset()
