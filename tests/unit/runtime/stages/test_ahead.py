"""Which steps of a container's plan a parked sandbox has behind it; the making itself is in tests/kernel."""

from __future__ import annotations

import copy
from typing import Any

from hutch.model.mount import Mount
from hutch.runtime import plan, standard
from hutch.runtime.shape import Shape
from hutch.runtime.stages import ahead
from hutch.runtime.step import Step
from hutch.runtime.steps.mounts import MountFilesystem

SHAPE = Shape.standard("c", "/hutch/c")
DONE = [step for step in ahead.steps(SHAPE) if ahead.places(step)[0] not in standard.VARYING]


def planned(*more: dict[str, Any], **linux: Any) -> list[Step]:
    """The plan of an ordinary container with more mounts, and with other settings of ``linux``."""
    config = copy.deepcopy(standard.CONFIG)
    config["mounts"] += more
    config["linux"].update(linux)
    return plan.build(config, [Mount("overlay", "overlay")], SHAPE)


def bind(target: str) -> dict[str, Any]:
    return {"destination": target, "type": "bind", "source": "/x", "options": ["rbind"]}


def trees(todo: list[Step]) -> tuple[set[str], list[str]]:
    """The trees of which only the mount is left to do, and those that are of no use."""
    left, useless = ahead.rest(todo, DONE)
    assert [step for step in todo if step in left] == left, "the order is kept"
    whole = {tree for tree in ahead.TREES if not any(_below(step, tree) for step in left if step in DONE)}
    return whole, [step.destination for step in useless if isinstance(step, MountFilesystem)]


def _below(step: Step, tree: str) -> bool:
    return any(place.startswith(f"{tree}/") for place in ahead.places(step))


def test_of_an_ordinary_container_all_is_done_but_moving_the_trees() -> None:
    left, useless = ahead.rest(planned(bind("/etc/hosts"), bind("/data")), DONE)
    assert not useless
    below = [place for step in left for place in ahead.places(step) if place.startswith(ahead.TREES)]
    assert below == ["/proc", "/dev", "/sys", "/dev/shm"]


def test_what_is_added_stays_to_be_done() -> None:
    node = {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}
    masked = [*standard.MASKED, "/sys/devices/system/cpu/cpu0/thermal_throttle"]
    todo = planned(bind("/dev/shm/x"), devices=[node], maskedPaths=masked)
    left, useless = ahead.rest(todo, DONE)
    assert not useless
    below = [place for step in left for place in ahead.places(step) if place.startswith(ahead.TREES)]
    assert below == ["/proc", "/dev", "/sys", "/dev/shm", "/dev/shm/x", "/dev/fuse", masked[-1]]


def test_a_tree_that_has_too_much_is_made_anew() -> None:
    assert trees(planned(maskedPaths=[], readonlyPaths=list(standard.READ_ONLY))) == ({"/dev"}, ["/proc", "/sys"])
    without = [path for path in standard.MASKED if path != "/sys/firmware"]
    assert trees(planned(maskedPaths=without)) == ({"/proc", "/dev"}, ["/sys"])


def test_a_tree_in_which_something_would_come_to_lie_upside_down_is_made_anew() -> None:
    """The user's mount in /dev would be below the node, the mask below the user's mount."""
    assert trees(planned(bind("/dev/null"))) == ({"/proc", "/sys"}, ["/dev"])
    assert trees(planned(bind("/sys/firmware/efi"))) == ({"/proc", "/dev"}, ["/sys"])
    assert trees(planned(bind("/sys"))) == ({"/proc", "/dev"}, ["/sys"])
    assert trees(planned(bind("//sys/./firmware"))) == ({"/proc", "/dev"}, ["/sys"])


def test_other_options_of_the_mount_itself_are_another_tree() -> None:
    config = copy.deepcopy(standard.CONFIG)
    config["mounts"][1]["options"][-1] = "size=1m"
    assert trees(plan.build(config, [Mount("overlay", "overlay")], SHAPE)) == ({"/proc", "/sys"}, ["/dev"])


def test_hooks_see_nothing_masked_before_their_time() -> None:
    config = copy.deepcopy(standard.CONFIG)
    config["hooks"] = {"createContainer": [{"path": "/bin/true"}]}
    assert trees(plan.build(config, [Mount("overlay", "overlay")], SHAPE)) == ({"/dev"}, ["/proc", "/sys"])


def test_paths_are_related_by_whole_names() -> None:
    assert ahead.related("/dev", "/dev/pts") and ahead.related("/dev/pts", "/dev") and ahead.related("/", "/dev")
    assert not ahead.related("/dev", "/devices")
