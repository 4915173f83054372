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
