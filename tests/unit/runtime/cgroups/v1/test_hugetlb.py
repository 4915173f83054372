from hutch.runtime.cgroups.v1.hugetlb import plan


def test_use_and_reservation():
    use, reserve = plan({"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]})
    assert use.describe() == ("hugetlb.2MB.limit_in_bytes", "4194304") and not use.optional
    assert reserve.describe() == ("hugetlb.2MB.rsvd.limit_in_bytes", "4194304") and reserve.optional
