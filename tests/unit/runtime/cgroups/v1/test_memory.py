import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.v1.memory import plan


def writes(**memory):
    return [w.describe() for w in plan({"memory": memory})]


def test_nothing_asked_nothing_written():
    assert plan({}) == [] and plan({"memory": None}) == []


def test_limit_comes_before_swap_on_a_fresh_cgroup():
    assert writes(limit=100, swap=200) == [("memory.limit_in_bytes", "100"), ("memory.memsw.limit_in_bytes", "200")]


def test_lifting_everything_lifts_swap_first():
    assert writes(limit=-1) == [("memory.memsw.limit_in_bytes", "-1"), ("memory.limit_in_bytes", "-1")]


def test_the_other_knobs():
    assert writes(reservation=5, kernelTCP=6, disableOOMKiller=True, swappiness=0) == [
        ("memory.soft_limit_in_bytes", "5"),
        ("memory.kmem.tcp.limit_in_bytes", "6"),
        ("memory.oom_control", "1"),
        ("memory.swappiness", "0"),
    ]


def test_swappiness_minus_one_means_leave_alone():
    assert writes(swappiness=-1) == []


def test_swappiness_out_of_range_is_refused():
    with pytest.raises(Invalid, match="101"):
        writes(swappiness=101)
