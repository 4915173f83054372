from hutch.runtime.cgroups.v1.rdma import plan


def test_handles_and_objects_of_a_device_go_in_one_write():
    asked = {"rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}, "a": {"hcaObjects": 0}, "none": {}}}
    assert [w.describe() for w in plan(asked)] == [
        ("rdma.max", "a hca_object=0"),
        ("rdma.max", "mlx5_1 hca_handle=3 hca_object=10000"),
    ]
