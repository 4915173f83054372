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
    wanted = Shape.of(config(*({"type": kind} for kind in kinds), cgroupsPath="/docker/x"), "x")
    assert Shape.standard("x", "/docker/x").fits(wanted)
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
