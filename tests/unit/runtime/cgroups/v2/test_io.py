import pytest

from hutch.runtime.cgroups.v2.io import plan, weight


@pytest.mark.parametrize(("old", "new"), [(10, 1), (1000, 10000), (0, 1)])
def test_the_scales_meet_at_the_ends(old, new):
    assert weight(old) == new


def test_weights():
    device = {"major": 8, "minor": 16, "weight": 10}
    general, special = plan({"blockIO": {"weight": 1000, "weightDevice": [device]}})
    assert general.describe() == ("io.bfq.weight", "1000") and general.instead == ("io.weight", "default 10000")
    assert special.describe() == ("io.bfq.weight", "8:16 10") and special.instead == ("io.weight", "8:16 1")


def test_throttles():
    keys = ["throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"]
    asked = {key: [{"major": 8, "minor": 0, "rate": i}] for i, key in enumerate(keys)}
    assert [w.value for w in plan({"blockIO": asked})] == ["8:0 rbps=max", "8:0 wbps=1", "8:0 riops=2", "8:0 wiops=3"]
