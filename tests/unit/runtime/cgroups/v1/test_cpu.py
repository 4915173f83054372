import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.v1.cpu import plan


def test_period_before_quota_before_burst():
    asked = {"quota": 50000, "period": 100000, "burst": 0, "shares": 512}
    assert [w.describe() for w in plan({"cpu": asked})] == [
        ("cpu.shares", "512"),
        ("cpu.cfs_period_us", "100000"),
        ("cpu.cfs_quota_us", "50000"),
        ("cpu.cfs_burst_us", "0"),
    ]


def test_real_time_and_idle():
    asked = {"realtimeRuntime": 9, "realtimePeriod": 10, "idle": 1}
    assert [w.file for w in plan({"cpu": asked})] == ["cpu.rt_period_us", "cpu.rt_runtime_us", "cpu.idle"]


def test_zero_means_not_asked():
    assert plan({"cpu": {"shares": 0, "quota": 0}}) == []


@pytest.mark.parametrize(("shares", "message"), [(1, "minimum allowed cpu-shares is 2"), (262145, "maximum .* 262144")])
def test_shares_that_the_kernel_would_silently_change(shares, message):
    with pytest.raises(Invalid, match=message):
        plan({"cpu": {"shares": shares}})
