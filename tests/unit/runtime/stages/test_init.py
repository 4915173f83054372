import os
from typing import Any

from hutch.runtime.shape import Shape
from hutch.runtime.stages import init
from hutch.runtime.stages.channel import pair
from hutch.runtime.step import StepFailed


def test_the_plan_of_a_message_carries_what_the_parent_decided() -> None:
    message: dict[str, Any] = {
        "config": {"process": {"args": ["x"]}, "root": {"path": "/r"}},
        "rootfs": [],
        "state": {"id": "c"},
        "preserve": 2,
        "pivot": True,
    }
    shape = Shape.standard("c", "")
    names = [step.describe() for step in init.create_steps(message, shape)]
    assert "close all descriptors from 5 on" in names
    assert shape.state == {"id": "c"}


def test_a_failed_step_is_reported_before_the_child_ends() -> None:
    ours, theirs = pair()
    pid = os.fork()
    if pid == 0:
        init.fail(init.Link(theirs), "exec", StepFailed("gone", 2, 127))
    message, _, _ = ours.receive()
    assert message == {"event": "failed", "stage": "exec", "errno": 2, "exit_code": 127, "message": "gone"}
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    ours.close()
    theirs.close()
