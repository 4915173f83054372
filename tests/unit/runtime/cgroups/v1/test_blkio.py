from hutch.runtime.cgroups.v1.blkio import plan

DEVICE = {"major": 8, "minor": 0}


def test_weights_fall_back_to_the_old_names():
    (write,) = plan({"blockIO": {"weight": 300}})
    assert write.describe() == ("blkio.bfq.weight", "300") and write.instead == ("blkio.weight", "300")
    (write,) = plan({"blockIO": {"weightDevice": [{**DEVICE, "weight": 500}]}})
    assert write.describe() == ("blkio.bfq.weight_device", "8:0 500")
    assert write.instead == ("blkio.weight_device", "8:0 500")


def test_leaf_weights():
    asked = {"leafWeight": 10, "weightDevice": [{**DEVICE, "leafWeight": 20}]}
    assert [w.describe() for w in plan({"blockIO": asked})] == [
        ("blkio.leaf_weight", "10"),
        ("blkio.leaf_weight_device", "8:0 20"),
    ]


def test_all_four_throttles():
    keys = ["throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"]
    asked = {key: [{**DEVICE, "rate": i}] for i, key in enumerate(keys)}
    assert [w.describe() for w in plan({"blockIO": asked})] == [
        ("blkio.throttle.read_bps_device", "8:0 0"),
        ("blkio.throttle.write_bps_device", "8:0 1"),
        ("blkio.throttle.read_iops_device", "8:0 2"),
        ("blkio.throttle.write_iops_device", "8:0 3"),
    ]
