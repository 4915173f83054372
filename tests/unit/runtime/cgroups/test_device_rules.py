import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.device_rules import effective, parse


def test_absent_numbers_are_all_numbers():
    assert parse({"allow": True, "type": "c", "major": 5, "access": "mr"}).text() == "c 5:* mr"
    assert parse({"allow": False, "access": "rwm"}).text() == "a"


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "x", "access": "r"},
        {"type": "c", "access": ""},
        {"type": "c", "access": "rx"},
        {"type": "c", "access": "r", "major": -2},
        {"type": "c", "access": "r", "minor": 1 << 32},
        {"type": "a", "access": "r"},
        {"type": "a", "access": "rwm", "major": 1},
    ],
)
def test_what_is_no_rule_is_refused(entry):
    with pytest.raises(Invalid):
        parse(entry)


def test_rules_before_an_all_devices_rule_are_void():
    rules = effective([{"allow": True, "type": "b", "major": 8, "access": "r"}, {"allow": False, "access": "rwm"}])
    assert rules[0].kind == "a" and not any(r.kind == "b" and r.major == 8 for r in rules)


def test_without_an_all_devices_rule_nothing_is_allowed_at_first():
    rules = effective([{"allow": True, "type": "b", "major": 8, "access": "r"}])
    assert (rules[0].kind, rules[0].allow) == ("a", False)


def test_allow_all_alone_stays_alone():
    assert [r.text() for r in effective([{"allow": True, "type": "a", "access": "rwm"}])] == ["a"]


def test_no_list():
    assert effective(None) == [] and effective([]) == []


def test_a_rule_is_put_in_force_once():
    null = {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"}
    assert [r.text() for r in effective([null, null])].count("c 1:3 rwm") == 1
    again = [r.text() for r in effective([null, {**null, "allow": False}, null])]
    assert again.count("c 1:3 rwm") == 3
