from hutch.runtime.cgroups.v2.cpuset import plan


def test_plan():
    assert [w.describe() for w in plan({"cpu": {"mems": "0", "cpus": "1"}})] == [
        ("cpuset.cpus", "1"),
        ("cpuset.mems", "0"),
    ]
