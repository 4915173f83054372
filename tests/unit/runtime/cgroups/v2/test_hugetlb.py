from hutch.runtime.cgroups.v2.hugetlb import plan


def test_use_and_reservation():
    use, reserve = plan({"hugepageLimits": [{"pageSize": "1GB", "limit": 0}]})
    assert use.describe() == ("hugetlb.1GB.max", "0") and not use.optional
    assert reserve.describe() == ("hugetlb.1GB.rsvd.max", "0") and reserve.optional
