import pytest

from hutch.model.errors import Invalid
from hutch.runtime.shape import Shape


def config(*namespaces: dict[str, str], **linux: object) -> dict[str, object]:
    return {"linux": {"namespaces": list(namespaces), **linux}}


def test_new_and_joined_namespaces_are_told_apart() -> None:
    shape = Shape.of(config({"type": "pid"}, {"type": "network", "path": "/proc/1/ns/net"}, {"type": "mount"}), "x")
    assert shape.new == ("mount", "pid")
    assert shape.joins == {"network": "/proc/1/ns/net"}


def test_the_standard_shape_fits_a_standard_config() -> None:
    kinds = ("cgroup", "uts", "ipc", "network", "pid", "mount")
    namespaces = [{"type": kind} for kind in kinds]
    rules = [{"allow": True, "access": "rwm"}]
    wanted = Shape.of(config(*namespaces, cgroupsPath="/docker/x", resources={"devices": rules}), "x")
    assert Shape.standard("x", "/docker/x").fits(wanted)
    unruled = Shape.of(config(*namespaces, cgroupsPath="/docker/x"), "x")
    assert not Shape.standard("x", "/docker/x").fits(unruled)
    assert not Shape.standard("x", "/docker/y").fits(wanted)


@pytest.mark.parametrize("namespaces", [({"type": "odd"},), ({"type": "pid"}, {"type": "pid"})])
def test_odd_namespaces_are_refused(namespaces: tuple[dict[str, str], ...]) -> None:
    with pytest.raises(Invalid):
        Shape.of(config(*namespaces))


def test_time_offsets_as_the_kernel_reads_them() -> None:
    value = {"monotonic": {"secs": 5, "nanosecs": 7}, "boottime": {"secs": -1}}
    shape = Shape.of({"linux": {"namespaces": [{"type": "time"}], "timeOffsets": value}})
    assert shape.offsets == "monotonic 5 7\nboottime -1 0\n"
    with pytest.raises(Invalid, match="unknown clock 'realtime'"):
        Shape.of({"linux": {"timeOffsets": {"realtime": {}}}})


def _shared(root_mode: str, *options: str) -> str:
    binds = [{"destination": "/x", "type": "bind", "source": "/x", "options": ["rbind", *options]}]
    return Shape.of({"linux": {"rootfsPropagation": root_mode}, "mounts": binds}).propagation


def test_a_root_mode_that_changes_nothing_is_the_standard_one() -> None:
    """Then the container can be one that waits already."""
    assert _shared("slave", "rslave") == _shared("shared", "rprivate") == _shared("", "rshared") == "rslave"
    assert _shared("rprivate", "rshared") == "rprivate"


def test_a_bind_that_is_to_reach_the_host_needs_mounts_that_are_not_slaves_yet() -> None:
    assert _shared("shared", "rshared") == _shared("shared") == _shared("shared", "rprivate", "shared") == "shared"
    assert _shared("private", "rprivate") == "private"
