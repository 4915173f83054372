"""Calls that a seccomp filter leaves to an agent (SCMP_ACT_NOTIFY): it gets the listener and answers."""

import errno
import fcntl
import json
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

_RECEIVE, _SEND = 0xC0502100, 0xC0182101


class Agent:
    """Answers every call it is asked about with ENOMEDIUM."""

    def __init__(self, path: Path) -> None:
        self.states: list[dict[str, Any]] = []
        self.calls: list[int] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                data, fds, _, _ = socket.recv_fds(connection, 1 << 16, 1)
            self.states.append(json.loads(data))
            threading.Thread(target=self._answer, args=(fds[0],), daemon=True).start()

    def _answer(self, fd: int) -> None:
        with open(fd, "rb", buffering=0):
            while True:
                request = bytearray(80)
                try:
                    fcntl.ioctl(fd, _RECEIVE, request, True)
                    number, _pid, _flags, call = struct.unpack_from("QIIi", request)
                    self.calls.append(call)
                    fcntl.ioctl(fd, _SEND, struct.pack("QqiI", number, 0, -errno.ENOMEDIUM, 0))
                except OSError:  # the last process with the filter has ended
                    return


@pytest.fixture
def agent(box: Any) -> Any:
    path = box.folder / "agent"
    made = Agent(path)
    box.config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "listenerPath": str(path),
        "listenerMetadata": "more",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}],
    }
    (box.rootfs / "bin" / "mkdir").symlink_to("busybox")
    yield made
    made.close()


# With it the filter is the last thing before the execve, without it among the first.
@pytest.mark.parametrize("no_new_privileges", [True, False])
@pytest.mark.parametrize("verb", ["run", "start", "exec"])
def test_an_agent_answers(box: Any, agent: Agent, no_new_privileges: bool, verb: str) -> None:
    box.config["process"]["noNewPrivileges"] = no_new_privileges
    if verb == "run":
        said = box.run("mkdir", "/x").stderr
    else:
        box.create(*(["mkdir", "/x"] if verb == "start" else ["sleep", "60"]))
        said = box.call("start", box.name).stderr
        if verb == "exec":
            said = box.call("exec", box.name, "mkdir", "/x").stderr
        else:
            while box.state()["status"] != "stopped":
                continue
            said += box.output()
    assert "No medium found" in said
    assert not (box.rootfs / "x").exists()
    told = agent.states[-1]
    assert (told["fds"], told["metadata"], told["state"]["id"]) == (["seccompFd"], "more", box.name)
    assert told["state"]["status"] == ("running" if verb == "exec" else "creating")
    assert (told["pid"] == told["state"]["pid"]) == (verb != "exec")


def test_no_container_without_its_agent(box: Any, agent: Agent) -> None:
    box.config["linux"]["seccomp"]["listenerPath"] = str(box.folder / "nobody")
    result = box.run("true")
    assert (result.returncode, "seccomp listener" in result.stderr) == (1, True), result.stderr
    assert not agent.states
    assert box.call("list", "-q").stdout == ""
