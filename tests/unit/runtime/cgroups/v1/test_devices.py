from hutch.runtime.cgroups.v1.devices import plan


def test_deny_all_then_allow_in_order_then_what_everyone_needs():
    asked = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "b", "major": 8, "minor": 1, "access": "r"}]
    writes = [w.describe() for w in plan({"devices": asked})]
    assert writes[:2] == [("devices.deny", "a"), ("devices.allow", "b 8:1 r")]
    assert ("devices.allow", "c 1:3 rwm") in writes and ("devices.allow", "c *:* m") in writes


def test_no_rules_leave_the_lists_alone():
    assert plan({}) == []
