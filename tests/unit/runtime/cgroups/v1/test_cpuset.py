from hutch.runtime.cgroups.v1.cpuset import inherit, plan


def test_plan():
    assert [w.describe() for w in plan({"cpu": {"cpus": "0-1", "mems": "0"}})] == [
        ("cpuset.cpus", "0-1"),
        ("cpuset.mems", "0"),
    ]


def test_empty_sets_are_filled_from_the_parent_all_the_way_down(tmp_path):
    folder = tmp_path
    for level, cpus in enumerate(("0-3", "", "2", "")):
        if level:
            folder = folder / "x"
            folder.mkdir()
        (folder / "cgroup.clone_children").write_text("0")
        (folder / "cpuset.cpus").write_text(cpus + "\n")
        (folder / "cpuset.mems").write_text("0\n" if level == 0 else "\n")
    inherit(str(tmp_path), "/x/x/x")
    assert (tmp_path / "x/cpuset.cpus").read_text().strip() == "0-3"
    assert (tmp_path / "x/x/cpuset.cpus").read_text().strip() == "2"
    assert (tmp_path / "x/x/x/cpuset.cpus").read_text().strip() == "2"
    assert (tmp_path / "x/x/x/cpuset.mems").read_text().strip() == "0"
    assert (tmp_path / "x/cgroup.clone_children").read_text() == "1", "what is made in it is not empty"
    assert (tmp_path / "x/x/x/cgroup.clone_children").read_text() == "0", "the last one is the container's"
