import os
from typing import Any

from hutch.model.mount import Mount
from hutch.runtime.shape import Shape
from hutch.runtime.stages import parent


def test_the_plan_can_be_described_without_running_it() -> None:
    config: dict[str, Any] = {"process": {"args": ["true"]}, "linux": {}}
    shape = Shape.standard("c", "/docker/c")
    lines = [step.describe() for step in parent.build(config, [Mount("overlay", "overlay")], shape)]
    assert lines[0] == "new cgroup namespace"
    assert lines[-1] == "execute true"


def test_a_namespace_as_a_descriptor() -> None:
    fd = parent.namespace_fd(os.getpid(), "network")
    assert os.fstat(fd).st_ino == os.stat("/proc/self/ns/net").st_ino
    os.close(fd)
