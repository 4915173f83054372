import pytest

from hutch.model.errors import Unsupported
from hutch.runtime.cgroups.layout import Hierarchy, Layout
from hutch.runtime.cgroups.plan import plan

V1 = Layout([Hierarchy(1, "/m", "", ("memory", "cpu", "blkio", "devices", "pids"))], None)
V2 = Layout([], Hierarchy(2, "/c", "", ("memory", "cpu", "io", "pids")))
ASKED = {
    "memory": {"limit": 100, "swap": 200},
    "cpu": {"shares": 1024},
    "blockIO": {"weight": 10},
    "devices": [{"allow": False, "access": "rwm"}],
    "pids": {"limit": 5},
}


def test_v1_files():
    files = [w.file for w in plan(ASKED, V1)]
    assert files[:5] == [
        "cpu.shares",
        "memory.limit_in_bytes",
        "memory.memsw.limit_in_bytes",
        "pids.max",
        "blkio.bfq.weight",
    ]
    assert files[5] == "devices.deny"


def test_v2_files():
    assert [w.file for w in plan(ASKED, V2)] == [
        "cpu.weight",
        "memory.swap.max",
        "memory.max",
        "pids.max",
        "io.bfq.weight",
    ]


def test_unified_is_v2_alone():
    assert [w.file for w in plan({"unified": {"memory.high": "1"}}, V2)] == ["memory.high"]
    with pytest.raises(Unsupported):
        plan({"unified": {"memory.high": "1"}}, V1)
