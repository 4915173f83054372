import pytest

from hutch.model.errors import Unsupported
from hutch.runtime.cgroups.v2.cpu import plan, weight


@pytest.mark.parametrize(("shares", "expected"), [(1, 1), (2, 1), (1024, 100), (262144, 10000), (999999, 10000)])
def test_ends_and_default_of_the_scales_meet(shares, expected):
    assert weight(shares) == expected


def test_more_shares_never_weigh_less():
    weights = [weight(n) for n in range(2, 262145, 997)]
    assert weights == sorted(weights)


@pytest.mark.parametrize(
    ("cpu", "value"),
    [
        ({"quota": 50000, "period": 100000}, "50000 100000"),
        ({"quota": 50000}, "50000 100000"),
        ({"quota": -1}, "max 100000"),
        ({"period": 20000}, "max 20000"),
    ],
)
def test_bandwidth(cpu, value):
    assert [w.describe() for w in plan({"cpu": cpu})] == [("cpu.max", value)]


def test_burst_follows_bandwidth():
    assert [w.file for w in plan({"cpu": {"quota": 5000, "burst": 1, "idle": 0}})] == [
        "cpu.idle",
        "cpu.max",
        "cpu.max.burst",
    ]


def test_real_time_is_refused():
    with pytest.raises(Unsupported, match="real-time"):
        plan({"cpu": {"realtimeRuntime": 5}})
