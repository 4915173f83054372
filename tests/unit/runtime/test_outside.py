"""What the parent does is told completely, for each layout."""

from __future__ import annotations

import pytest

from hutch.model.errors import Invalid, Unsupported
from hutch.runtime.cgroups.layout import Hierarchy, Layout
from hutch.runtime.outside import describe
from hutch.runtime.shape import Shape

V1 = Layout([Hierarchy(1, "/c/memory", "", ("memory",)), Hierarchy(1, "/c/pids", "", ("pids",))], None)
V2 = Layout([], Hierarchy(2, "/c", "", ("memory", "pids")))
LIMITED = {"linux": {"resources": {"memory": {"limit": 64 << 20}, "pids": {"limit": 10}}}}


def texts(config: dict[str, object], shape: Shape, layout: Layout) -> list[str]:
    return [text for _, text, _ in describe(config, shape, layout)]


def test_on_v1_the_child_enters_its_cgroups_after_the_clone() -> None:
    lines = texts(LIMITED, Shape.standard("x", "/h/x"), V1)
    assert lines[0] == "make the cgroup /h/x (v1)"
    assert lines[1] == (
        "clone the init process: CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS"
    )
    assert lines[2] == "init enters /h/x in every hierarchy"
    assert "memory.limit_in_bytes = 67108864" in lines
    assert "pids.max = 10" in lines


def test_on_v2_the_child_is_born_in_its_cgroup() -> None:
    lines = texts(LIMITED, Shape.standard("x", "/h/x"), V2)
    assert lines[1].endswith("| CLONE_INTO_CGROUP")
    assert not [line for line in lines if "enters" in line]
    assert "memory.max = 67108864" in lines


def test_device_rules_are_files_on_v1_and_a_program_on_v2() -> None:
    rules = {"linux": {"resources": {"devices": [{"allow": False, "access": "rwm"}]}}}
    with_devices = Layout([Hierarchy(1, "/c/devices", "", ("devices",))], None)
    assert "devices.deny = a" in " ".join(texts(rules, Shape.standard("x", "/h/x"), with_devices))
    assert "load and attach a device filter of 1 rules" in texts(rules, Shape.standard("x", "/h/x"), V2)


def test_id_maps_and_nothing_else_for_a_process_without_cgroup() -> None:
    shape = Shape(("user",), {}, uid_map=((0, 100000, 65536),))
    assert texts({}, shape, V1) == [
        "clone the init process: CLONE_NEWUSER",
        "uid_map: 65536 ids from 0 are 100000 on the host",
    ]


def test_limits_that_cannot_be_are_refused() -> None:
    with pytest.raises((Invalid, Unsupported)):
        describe({"linux": {"resources": {"unified": {"memory.max": "1"}}}}, Shape.standard("x", "/h/x"), V1)
