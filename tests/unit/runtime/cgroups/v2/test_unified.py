import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.v2.unified import plan


def test_one_write_a_line():
    asked = {"memory.high": "1000", "io.max": "8:0 rbps=1\n8:1 rbps=2\n"}
    assert [w.describe() for w in plan({"unified": asked})] == [
        ("io.max", "8:0 rbps=1"),
        ("io.max", "8:1 rbps=2"),
        ("memory.high", "1000"),
    ]


@pytest.mark.parametrize("name", ["../memory.max", "cgroup.procs", "cgroup.kill", "memory", ".max", "a/b.c"])
def test_names_that_reach_elsewhere_are_refused(name):
    with pytest.raises(Invalid, match="unified"):
        plan({"unified": {name: "1"}})
