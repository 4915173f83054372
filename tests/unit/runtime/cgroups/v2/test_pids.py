from hutch.runtime.cgroups.v2.pids import plan


def test_limit():
    assert [w.describe() for w in plan({"pids": {"limit": 7}})] == [("pids.max", "7")]


def test_zero_and_below_are_unlimited():
    assert [plan({"pids": {"limit": n}})[0].value for n in (0, -1)] == ["max", "max"]


def test_not_asked():
    assert plan({"pids": {}}) == []
