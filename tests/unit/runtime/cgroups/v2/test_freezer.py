from hutch.runtime.cgroups.v2 import freezer


def test_thaw_and_state(tmp_path):
    (tmp_path / "cgroup.freeze").write_text("1\n")
    assert freezer.is_frozen(str(tmp_path))
    (tmp_path / "cgroup.freeze").write_text("")
    freezer.thaw(str(tmp_path))
    assert not freezer.is_frozen(str(tmp_path))
