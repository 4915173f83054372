import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from hutch.linux import process
from hutch.model.errors import Invalid
from hutch.runtime import notify
from hutch.runtime.stages.channel import pair
from hutch.runtime.stages.failure import SandboxFailed

CALLS = [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"defaultAction": "SCMP_ACT_NOTIFY"}, "as default action"),
        ({"listenerPath": ""}, "needs linux.seccomp.listenerPath"),
        ({"syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}, "for the write syscall"),
    ],
)
def test_what_cannot_be_left_to_an_agent_is_refused(change: dict[str, Any], text: str) -> None:
    good = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/agent", "syscalls": CALLS}
    notify.check(good)
    with pytest.raises(Invalid, match=text):
        notify.check({**good, **change})


def test_the_listener_and_the_state_go_to_the_agent(tmp_path: Path) -> None:
    path = str(tmp_path / "agent")
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(path)
        agent.listen(1)
        pidfd = process.pidfd_open(os.getpid())
        file = os.open("/etc/passwd", os.O_RDONLY)
        state: dict[str, object] = {"ociVersion": "1.3.0", "id": "c", "status": "creating", "pid": 5, "bundle": "/b"}
        config = {"listenerPath": path, "listenerMetadata": "more"}
        notify.deliver(pidfd, file, config, 7, {**state, "rootfs": "/r", "annotations": {}})
        connection, _ = agent.accept()
        with connection:
            data, fds, _, _ = socket.recv_fds(connection, 4096, 1)
        assert json.loads(data) == {
            "ociVersion": "1.3.0", "fds": ["seccompFd"], "pid": 7, "metadata": "more", "state": state,
        }  # fmt: skip
        assert os.path.samestat(os.fstat(fds[0]), os.stat("/etc/passwd"))
        for fd in (pidfd, file, *fds):
            os.close(fd)


def test_an_agent_that_is_not_there_is_an_error() -> None:
    pidfd = process.pidfd_open(os.getpid())
    with pytest.raises(SandboxFailed, match="seccomp listener /nowhere/agent: no such file"):
        notify.deliver(pidfd, 0, {"listenerPath": "/nowhere/agent"}, 1, {})
    os.close(pidfd)


def test_a_child_is_answered_when_its_listener_was_heard_of() -> None:
    ours, theirs = pair()
    theirs.sock.send(b'{"event":"listener","fd":9}')
    theirs.send({"event": "created"})
    heard: list[int] = []
    assert notify.listen(ours, heard.append)[0] == {"event": "created"}
    assert heard == [9]
    assert theirs.receive()[0] == {"op": "continue"}
    theirs.send({"event": "listener", "fd": 9})
    with pytest.raises(SandboxFailed):
        notify.listen(ours, None)
    ours.close()
    theirs.close()
