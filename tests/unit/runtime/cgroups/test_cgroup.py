import errno
import os

import pytest

from hutch.model.errors import Invalid, System, Unsupported
from hutch.runtime.cgroups import cgroup
from hutch.runtime.cgroups.cgroup import Cgroup, checked_path, enter, open_cgroup
from hutch.runtime.cgroups.layout import Hierarchy, Layout


@pytest.mark.parametrize("path", ["", "/", "/a/../b", "a\nb", "a\0b", "/" + "x" * 256, "/./a"])
def test_what_is_no_cgroup_path_is_refused(path):
    with pytest.raises(Invalid, match="cgroup path"):
        checked_path(path)


def test_relative_paths_are_below_our_own_cgroup(tmp_path):
    layout = Layout([Hierarchy(1, "/m/pids", "/own", ("pids",))], Hierarchy(2, "/m/u", "/me", ("hugetlb",)))
    assert Cgroup("docker/x", layout).folders() == ["/m/pids/own/docker/x", "/m/u/me/docker/x"]
    group = Cgroup("/docker/x", layout)
    assert group.folders() == ["/m/pids/docker/x", "/m/u/docker/x"]
    assert group.folder("hugetlb") == group.unified() == "/m/u/docker/x" and group.folder("cpu") is None


def test_no_hierarchy():
    with pytest.raises(Unsupported):
        open_cgroup("/x", Layout([], None))


def tree(tmp_path):
    for name in ("pids", "memory"):
        (tmp_path / name).mkdir()
    return Layout([Hierarchy(1, str(tmp_path / n), "", (n,)) for n in ("pids", "memory")], None)


def test_create_attach_and_read_in_every_hierarchy(tmp_path):
    group = open_cgroup("/a/b", tree(tmp_path))
    assert not group.exists()
    group.create()
    group.create()
    assert group.exists() and (tmp_path / "memory/a/b").is_dir()
    for name in ("pids", "memory"):
        (tmp_path / name / "a/b/cgroup.procs").write_text("")
    group.attach(1234)
    assert (tmp_path / "memory/a/b/cgroup.procs").read_text() == "1234"
    assert group.pids() == [1234]


def test_a_failed_create_leaves_nothing(tmp_path):
    layout = tree(tmp_path)
    (tmp_path / "memory" / "a").write_text("in the way")
    with pytest.raises(System, match="memory/a"):
        open_cgroup("/a/b", layout).create()
    assert not (tmp_path / "pids/a/b").exists()


def test_attach_to_what_is_not_there_names_the_file(tmp_path):
    with pytest.raises(System, match=r"'1' to .*cgroup\.procs"):
        open_cgroup("/none", tree(tmp_path)).attach(1)


def test_a_check_before_update_refuses_what_would_not_fit(tmp_path):
    group = open_cgroup("/a", tree(tmp_path))
    group.create()
    (tmp_path / "memory/a/memory.usage_in_bytes").write_text("500\n")
    with pytest.raises(Invalid, match="400 <= usage 500"):
        group.apply({"memory": {"limit": 400, "checkBeforeUpdate": True}})


def test_remove_is_idempotent_and_takes_what_is_below(tmp_path):
    group = open_cgroup("/a", tree(tmp_path))
    group.create()
    (tmp_path / "pids/a/inner/most").mkdir(parents=True)
    group.remove()
    group.remove()
    assert not group.exists()


def test_remove_waits_for_what_is_busy_and_takes_the_rest_first(tmp_path, monkeypatch):
    group = open_cgroup("/a", tree(tmp_path))
    group.create()
    said, rmdir, pids = iter([True, True, False]), os.rmdir, str(tmp_path / "pids/a")

    def busy(path, **more):
        if path == pids and next(said):
            raise OSError(errno.EBUSY, "Device or resource busy", path)
        rmdir(path, **more)

    monkeypatch.setattr(os, "rmdir", busy)
    group.remove()
    assert not group.exists() and next(said, None) is None


def test_what_stays_busy_is_named_and_the_rest_is_gone(tmp_path, monkeypatch):
    group = open_cgroup("/a", tree(tmp_path))
    group.create()
    rmdir, pids = os.rmdir, str(tmp_path / "pids/a")

    def busy(path, **more):
        if path == pids:
            raise OSError(errno.EBUSY, "Device or resource busy", path)
        rmdir(path, **more)

    monkeypatch.setattr(os, "rmdir", busy)
    monkeypatch.setattr(cgroup, "_REMOVE_PATIENCE", 0.01)
    with pytest.raises(System, match="pids/a: device or resource busy"):
        group.remove()
    assert not (tmp_path / "memory/a").exists()


def test_doors_lead_into_every_v1_hierarchy(tmp_path):
    group = open_cgroup("/a", tree(tmp_path))
    group.create()
    for name in ("pids", "memory"):
        (tmp_path / name / "a/tasks").write_text("")
    doors = group.doors()
    enter(doors)
    for fd in doors:
        assert not os.get_inheritable(fd)
        os.close(fd)
    assert [(tmp_path / name / "a/tasks").read_text() for name in ("pids", "memory")] == ["0", "0"]


def test_a_missing_door_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="pids/none/tasks"):
        open_cgroup("/none", tree(tmp_path)).doors()
