from hutch.runtime.cgroups.v1.net import plan


def test_class_and_priorities():
    asked = {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 5}]}
    assert [w.describe() for w in plan({"network": asked})] == [
        ("net_cls.classid", "1048577"),
        ("net_prio.ifpriomap", "eth0 5"),
    ]
