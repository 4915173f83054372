import pytest

from hutch.model.errors import Invalid
from hutch.model.host_config import DeviceMapping, HostConfig
from hutch.spec.devices import HostDevice, check_mapping, parse_rule, place, rules

FUSE = HostDevice(path="/dev/fuse", kind="c", major=10, minor=229, mode=0o666, access="rw")


def test_default_rules_deny_everything_first():
    result = rules(HostConfig(), [])
    assert result[0] == {"allow": False, "access": "rwm"}
    assert result[-1] == {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "rwm"}
    assert {(r["major"], r["minor"]) for r in result[1:-1]} == {(1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1)}


def test_own_devices_and_rules_come_after_the_default_ones():
    result = rules(HostConfig(device_cgroup_rules=["b 8:* r"]), [FUSE])
    assert result[-2] == {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rw"}
    assert result[-1] == {"allow": True, "type": "b", "access": "r", "major": 8}


def test_privileged_allows_all():
    assert rules(HostConfig(privileged=True), [FUSE]) == [{"allow": True, "access": "rwm"}]


def test_a_rule_for_both_types_is_two():
    assert [r["type"] for r in rules(HostConfig(device_cgroup_rules=["a 8:1 r"]), [])[-2:]] == ["b", "c"]
    assert rules(HostConfig(device_cgroup_rules=["a *:* rwm"]), [])[-1]["type"] == "a"


@pytest.mark.parametrize(
    "text", ["x", "c 1:3", "c 1 r", "d 1:3 r", "c 1:3 x", "c 1:3 ", "c -1:3 r", "c 1:3 rwmr", "c ١:3 r"]
)
def test_malformed_rules_are_refused(text):
    with pytest.raises(Invalid) as caught:
        parse_rule(text)
    assert str(caught.value) == f"invalid device cgroup rule format: '{text}'"


def test_the_node():
    node = {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o666, "uid": 0, "gid": 0}
    assert FUSE.node() == node


def test_mappings():
    mapping = DeviceMapping("/dev/snd", "/dev/audio/", "")
    assert check_mapping(mapping) == "rwm"
    assert place(mapping, "/dev/snd") == "/dev/audio" and place(mapping, "/dev/snd/a/b") == "/dev/audio/a/b"
    for bad in (
        DeviceMapping("/dev/x", "/dev/x", "q"),
        DeviceMapping("/dev/x", "x", "r"),
        DeviceMapping("/d", "/d", "rr"),
    ):
        with pytest.raises(Invalid):
            check_mapping(bad)
