"""Memory runs out: of the daemon, of a keeper, of a container; each by its control group (cgroup v1, memory.txt)."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.house import COUNT, GONE, House
from faults.test_kill_matrix import whole
from faults.verbs import NAME, VERBS, tidy
from support.space import until

V1 = Path("/sys/fs/cgroup/memory")
pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not (V1 / "memory.limit_in_bytes").exists(), reason="needs the memory controller of cgroup v1"),
]
SIZE = 4 << 20
HEAD = (
    f"POST /containers/create HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {SIZE}\r\n\r\n"
).encode()
TIGHT = 256 << 10
"""Bytes that processes may have beyond what they have when they come into the group."""


class Group:
    """A memory cgroup beside those of the daemon's containers."""

    def __init__(self, house: House) -> None:
        self.folder = V1 / house.cgroup.lstrip("/") / "squeezed"
        self.folder.mkdir()

    def limit(self, most: int) -> None:
        """How many bytes its processes may have: without those that they brought, which stay charged elsewhere."""
        (self.folder / "memory.limit_in_bytes").write_text(str(most))

    def patient(self) -> None:
        """Who needs more than there is waits for it, and nobody is killed."""
        (self.folder / "memory.oom_control").write_text("1")

    def take(self, *pids: int) -> None:
        """Let processes come in."""
        for pid in pids:
            (self.folder / "cgroup.procs").write_text(str(pid))

    @property
    def killed(self) -> int:
        """How many of its processes the kernel has killed for want of memory."""
        return int((self.folder / "memory.oom_control").read_text().partition("oom_kill ")[2])

    @property
    def waits(self) -> bool:
        """Whether one waits for memory."""
        return "under_oom 1" in (self.folder / "memory.oom_control").read_text()

    def close(self) -> None:
        """Let who is left go, and remove it."""
        self.limit(-1)
        for pid in (self.folder / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (V1 / "cgroup.procs").write_text(pid)
        assert until(self._gone), "the cgroup is still busy"

    def _gone(self) -> bool:
        with contextlib.suppress(OSError):
            self.folder.rmdir()
            return True
        return False


@contextlib.contextmanager
def appetite(house: House, clients: int) -> Iterator[list[socket.socket]]:
    """Clients each of which lets the daemon keep some 4 MB, the beginning of a request's body."""
    with contextlib.ExitStack() as opened:
        made = [opened.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(clients)]
        for client in made:
            client.settimeout(5)
            with contextlib.suppress(OSError):  # it has been killed already, or stands still
                client.connect(house.socket)
                client.sendall(HEAD + b'"' + b"x" * (SIZE - 3))
        yield made


@pytest.fixture
def group(house: House) -> Iterator[Group]:
    one = Group(house)
    try:
        yield one
    finally:
        if one.folder.exists():
            one.close()


def _suppressed(act: Callable[[House], None], house: House) -> None:
    with contextlib.suppress(*GONE, AssertionError):
        act(house)


@pytest.mark.parametrize("verb", ["create", "start", "exec", "stop", "rm -f", "run --rm", "load", "commit"])
def test_of_the_daemon(house: House, group: Group, verb: str) -> None:
    """It is killed in the middle of the verb."""
    before, act, _ = VERBS[verb]
    before(house)
    with house.leaver():
        group.limit(TIGHT)
        group.take(house.pid)
        acting = threading.Thread(target=_suppressed, args=(act, house))
        acting.start()
        with appetite(house, 8):
            assert house.died() and group.killed
        acting.join(60)
        assert not acting.is_alive()
        house.leave()
        group.close()
        house.come_back()
        whole(house)
    house.bystander_lives()
    if verb in ("exec", "stop") and not house.state(NAME):
        before(house)
    act(house)
    tidy(house)
    house.clean()


def _score(pid: int) -> int:
    """How likely the kernel is to take it (proc_pid_oom_score(5))."""
    return int(Path(f"/proc/{pid}/oom_score").read_text())


def _may_lower_scores() -> bool:
    """Whether we, and so the launcher, have CAP_SYS_RESOURCE (capabilities(7))."""
    return bool(int(Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0], 16) >> 24 & 1)


def test_of_all_of_us_the_daemon_goes_first(house: House, group: Group) -> None:
    """Whoever holds containers is the last that the kernel takes."""
    names = {pid: Path(f"/proc/{pid}/comm").read_text() for pid in house.space.processes()}
    held = [pid for pid, name in names.items() if name.startswith(("hutch-launcher", "hutch-keeper", "hutch-template"))]
    assert len(held) >= 3 and house.pid not in held
    if _may_lower_scores():
        assert all(_score(pid) < _score(house.pid) // 2 for pid in held), {pid: _score(pid) for pid in held}
    group.limit(256 << 20)
    # What is charged and nobody's makes the scores count: they are parts of the limit.
    fill = "dd if=/dev/zero of=/run/fill bs=1M count=236 2> /dev/null"
    house.sh(f"echo $$ > {group.folder}/cgroup.procs; {fill}")
    group.take(house.pid, *held)
    with appetite(house, 12):
        assert house.died() and group.killed
    house.sh("rm /run/fill")
    assert set(held) <= house.space.processes().keys()
    group.close()
    house.come_back()
    house.bystander_lives()
    VERBS["run --rm"].act(house)
    house.clean()


def test_the_daemon_waits_for_memory(house: House, group: Group) -> None:
    """Nothing is lost while it stands still."""
    group.limit(TIGHT)
    group.patient()
    group.take(house.pid)
    answers: list[tuple[int, object]] = []
    body = {"Image": house.image, "Labels": {"long": "x" * (3 << 20)}}
    asking = threading.Thread(target=lambda: answers.append(house.api("POST", "/containers/create?name=long", body)))
    asking.start()
    assert until(lambda: group.waits) and not answers
    group.limit(-1)
    asking.join(30)
    assert [status for status, _ in answers] == [201], answers
    house.remove("long")
    group.close()
    house.bystander_lives()
    house.clean()


def test_of_a_keeper(house: House, group: Group) -> None:
    """Its container ends with it, and nobody else notices."""
    house.run(NAME, "yes 0123456789012345678901234567890123456789")
    keeper, init = house.keeper_of(NAME), house.state(NAME)["Pid"]
    group.limit(TIGHT)
    group.take(keeper)
    with contextlib.ExitStack() as clients:
        for _ in range(8):  # each has a queue
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(house.socket)
            client.sendall(
                f"POST /containers/{NAME}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: h\r\n"
                "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n".encode()
            )
        assert until(lambda: group.killed)
    assert until(lambda: house.state(NAME)["Status"] == "exited")
    assert house.state(NAME)["ExitCode"] == 137
    assert until(lambda: not os.path.exists(f"/proc/{init}"))
    group.close()
    house.bystander_lives()
    tidy(house)
    house.clean()


@pytest.mark.parametrize("daemon_is_dead", [False, True])
def test_of_a_container(house: House, daemon_is_dead: bool) -> None:
    go = house.signs / "go"
    go.unlink(missing_ok=True)
    script = "while [ ! -e /signs/go ]; do usleep 10000; done; exec tail /dev/zero"
    house.run(NAME, script, Memory=16 << 20, MemorySwap=16 << 20, Binds=[f"{house.signs}:/signs"])
    house.run("another", COUNT)
    init = house.state(NAME)["Pid"]
    if daemon_is_dead:
        house.kill()
    go.touch()
    assert until(lambda: not os.path.exists(f"/proc/{init}"), 30)
    if daemon_is_dead:
        house.come_back()
    assert until(lambda: house.state(NAME)["Status"] == "exited")
    state = house.state(NAME)
    assert (state["ExitCode"], state["OOMKilled"]) == (137, True)
    assert house.state("another")["Status"] == "running"
    house.remove("another")
    house.bystander_lives()
    tidy(house)
    house.clean()
