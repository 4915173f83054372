"""No descriptor is left: the first, the second, ... that a request needs cannot be had (EMFILE, open(2)).

After each the request has failed and said why, or succeeded; the daemon answers; the same request works again; nothing
is left behind, neither on disk nor among the daemon's own descriptors.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from faults.house import House, small_image
from faults.test_kill_matrix import LASTING
from faults.verbs import NAME, VERBS, body, nothing, tidy
from support import api, boxes
from support.engine import Daemon
from support.limits import few, opened
from support.space import until

pytestmark = pytest.mark.faults
MOST = 24
"""Descriptors that no request here needs at a time."""
SHORT = "too many open files"
Ask = Callable[..., tuple[int, Any]]


class Request(NamedTuple):
    """``before`` prepares; ``send`` asks on one connection that is there already."""

    before: Callable[[House], object]
    send: Callable[[Ask], tuple[int, Any]]


def _one(method: str, target: str, content: object = None) -> Callable[[Ask], tuple[int, Any]]:
    return lambda ask: ask(method, target, content)


def _exec(ask: Ask) -> tuple[int, Any]:
    status, made = ask("POST", f"/containers/{NAME}/exec", {"Cmd": ["true"]})
    return ask("POST", f"/exec/{made['Id']}/start", {"Detach": True}) if status == 201 else (status, made)


RUNNING = VERBS["stop"].before
REQUESTS = {
    "create": Request(nothing, _one("POST", f"/containers/create?name={NAME}", body())),
    "start": Request(VERBS["start"].before, _one("POST", f"/containers/{NAME}/start")),
    "exec": Request(RUNNING, _exec),
    "logs": Request(nothing, _one("GET", "/containers/bystander/logs?stdout=1&tail=3")),
    "stop": Request(RUNNING, _one("POST", f"/containers/{NAME}/stop?t=0")),
    "restart": Request(RUNNING, _one("POST", f"/containers/{NAME}/restart?t=0")),
    "rm": Request(VERBS["rm"].before, _one("DELETE", f"/containers/{NAME}?v=1")),
    "rm -f": Request(RUNNING, _one("DELETE", f"/containers/{NAME}?force=1&v=1")),
    "load": Request(nothing, _one("POST", "/images/load", small_image("victim:load"))),
    "import": Request(
        nothing, _one("POST", "/images/create?fromSrc=-&repo=victim&tag=import", boxes.layer({"a": "text"}))
    ),
    "commit": Request(RUNNING, _one("POST", f"/commit?container={NAME}&repo=victim&tag=commit", {})),
    "cp out": Request(nothing, _one("GET", "/containers/bystander/archive?path=/etc/passwd")),
    "cp in": Request(RUNNING, _one("PUT", f"/containers/{NAME}/archive?path=/tmp", boxes.layer({"a": "text"}))),
    "diff": Request(nothing, _one("GET", "/containers/bystander/changes")),
    "top": Request(nothing, _one("GET", "/containers/bystander/top")),
    "rmi": Request(VERBS["rmi"].before, _one("DELETE", "/images/victim:load")),
    "fsck": Request(nothing, _one("POST", "/hutch/fsck?quick=0")),
    "volume rm": Request(VERBS["volume rm"].before, _one("DELETE", "/volumes/victim")),
    "info": Request(nothing, _one("GET", "/info")),
}


def _worked(status: int, answer: object) -> bool:
    return status < 300 and "errorDetail" not in str(answer) and "Error grabbing logs" not in str(answer)


@contextlib.contextmanager
def _line(house: Daemon) -> Iterator[http.client.HTTPConnection]:
    """A connection that the daemon has taken."""
    with contextlib.closing(api.connection(house.socket)) as line:
        assert api.ask(line, "GET", "/_ping")[0] == 200
        yield line


@pytest.mark.parametrize("name", REQUESTS)
def test_none_is_left(house: House, name: str) -> None:
    before, send = REQUESTS[name]
    for more in range(MOST):
        before(house)
        had = opened(house.pid)
        with _line(house) as line:

            def ask(*words: Any, line: http.client.HTTPConnection = line) -> tuple[int, Any]:
                return api.ask(line, *words)

            with few(house.pid, more):
                status, answer = send(ask)
            if not (worked := _worked(status, answer)):
                assert SHORT in str(answer) and status in (200, 500, 503), (more, status, answer)
                assert until(lambda: house.state(NAME).get("Status") in LASTING)
                assert b'"damage"' not in bytes(str(answer), "utf-8"), answer
                status, answer = send(ask)
                assert _worked(status, answer) or status == 404, (more, status, answer)  # it may be gone already
        tidy(house)
        assert until(lambda had=had: len(opened(house.pid)) <= len(had)), (more, opened(house.pid), had)
        if worked:
            break
    else:
        pytest.fail(f"{name} needs more than {MOST} descriptors")
    house.bystander_lives()
    house.clean()


def test_a_connection_that_cannot_be_given_away(house: House) -> None:
    """An attached exec needs one descriptor more than the client's connection: the client is told that it has none."""
    RUNNING(house)
    made = house.must("POST", f"/containers/{NAME}/exec", {"Cmd": ["echo", "well"], "AttachStdout": True})["Id"]
    had = opened(house.pid)
    with _line(house) as line, few(house.pid, 0):
        status, answer = api.ask(line, "POST", f"/exec/{made}/start", {"Detach": False})
        assert status == 503 and SHORT in str(answer)
        status, answer = api.ask(line, "GET", "/_ping")  # it is still an HTTP connection
        assert status == 200
    assert until(lambda: len(opened(house.pid)) <= len(had)), (opened(house.pid), had)
    assert b"well" in house.must("POST", f"/exec/{made}/start", {"Detach": False})
    tidy(house)
    house.clean()


def test_a_client_that_cannot_be_let_in_waits(house: House) -> None:
    with contextlib.closing(api.connection(house.socket)) as line:
        with few(house.pid, 0):
            line.connect()
            line.putrequest("GET", "/_ping")
            line.endheaders()
            assert until(lambda: "out of system resource" in house.log)
        assert line.getresponse().status == 200
    house.bystander_lives()


@pytest.mark.parametrize("who", ["launcher", "template"])
def test_none_is_left_for_keepers(house: House, who: str) -> None:
    """The launcher, or what keepers are forked from, which hands its limit on to them and to a container's maker."""
    for more in range(MOST):
        host = {"PidMode": "host", "NetworkMode": "bridge"}  # no parked sandbox fits
        house.must("POST", f"/containers/create?name={NAME}", {**body(**host)})
        pid = house.launcher()
        if who == "template":
            pid = house.template()
        had = opened(pid)
        with few(pid, more):
            status, answer = house.api("POST", f"/containers/{NAME}/start")
        if status != 204:
            assert status in (500, 503), (more, status, answer)
            told = SHORT in str(answer).lower()
            # with hardly any a keeper cannot take over what its maker gives it, and ends before it can speak
            assert told or (more < 8 and "the keeper" in str(answer)), (more, status, answer)
            assert house.state(NAME)["Status"] == "created"
            house.must("POST", f"/containers/{NAME}/start")
        tidy(house)
        assert until(lambda pid=pid, had=had: len(opened(pid)) <= len(had)), (more, opened(pid), had)
        if status == 204:
            break
    else:
        pytest.fail(f"{who} needs more than {MOST} descriptors")
    house.bystander_lives()
    house.clean()


def test_a_launcher_that_has_none_lives_on(house: House) -> None:
    """It wants to park another sandbox by itself, and cannot let anybody in."""
    pid = house.launcher()
    RUNNING(house)  # took a parked one
    with few(pid, 0), contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as knocking:
        knocking.connect(f"{house.base}/exec/launcher.sock")
        until(lambda: False, 0.3)
    assert house.launcher() == pid
    tidy(house)
    RUNNING(house)
    tidy(house)
    house.clean()


def test_none_is_left_for_one_keeper(house: House) -> None:
    """Its container lives on, and can be stopped and removed without a single one."""
    RUNNING(house)
    pid = house.keeper_of(NAME)
    had = opened(pid)
    for more in range(MOST):
        with few(pid, more), _line(house) as line:
            status, answer = _exec(lambda *words, line=line: api.ask(line, *words))
        assert status == 200 or (status in (500, 503) and SHORT in str(answer).lower()), (more, status, answer)
        assert until(lambda: len(opened(pid)) <= len(had)), (more, opened(pid), had)
        assert house.state(NAME)["Status"] == "running"
        if status == 200:
            break
    with few(pid, 0):
        house.must("POST", f"/containers/{NAME}/stop?t=0")
        assert house.state(NAME)["ExitCode"] == 137
    tidy(house)
    house.bystander_lives()
    house.clean()


class Narrow(Daemon):
    """A daemon that was started with few descriptors for good."""

    def command(self, *flags: str) -> list[str]:
        return ["prlimit", "--nofile=256:256", *super().command(*flags)]


def test_256_for_good() -> None:
    """More clients than it can have are told so; those that it has are served, and containers come and go."""
    own = Narrow("--bridge=none", "--iptables=false", "--ip-forward=false", network=False)
    try:
        own.start()
        own.load_box()
        with contextlib.ExitStack() as clients:
            first = clients.enter_context(_line(own))
            statuses = []
            for _ in range(300):
                one = clients.enter_context(contextlib.closing(api.connection(own.socket)))
                with contextlib.suppress(ConnectionError):
                    statuses.append(api.ask(one, "GET", "/_ping")[0])
            assert set(statuses) == {200, 503} and statuses.count(200) < 100, statuses
            asked = {"Image": own.image, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}
            for turn in range(10):
                for method, target in (
                    ("POST", f"/containers/create?name=c{turn}"),
                    ("POST", f"/containers/c{turn}/start"),
                ):
                    status, answer = api.ask(first, method, target, asked if "create" in target else None)
                    assert status < 300, answer
            for turn in range(10):
                assert api.ask(first, "DELETE", f"/containers/c{turn}?force=1")[0] == 204
        assert until(lambda: own.api("GET", "/_ping")[0] == 200)
    finally:
        own.close()
