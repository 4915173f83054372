"""The daemon is killed at every named point of create, start, exec, stop and remove; the next one must put it right.

Points are read from the source, so that a new one is covered without a word here. After each death: the daemon comes
up, every container is complete or absent, a bystander never stopped, the same command works again, and nothing of the
victim is left when it is removed.
"""

from __future__ import annotations

import ast
import http.client
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.daemon import SOURCE, Daemon

pytestmark = pytest.mark.faults
GROUPS = ("create", "start", "exec", "stop", "remove", "exit")
IMAGE = "busybox"


def points() -> list[str]:
    """Every literal given to ``failpoint`` in the engine."""
    found = []
    for path in sorted(Path(SOURCE, "hutch", "engine").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                assert isinstance(node.args[0], ast.Constant)
                found.append(str(node.args[0].value))
    return sorted(set(found))


def test_every_group_has_points() -> None:
    assert {point.partition(".")[0] for point in points()} >= set(GROUPS)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with tempfile.TemporaryDirectory(prefix="hutch-faults-") as home:
        running = Daemon(home)
        try:
            yield running
        finally:
            running.end()


def body(*command: str) -> dict[str, object]:
    return {"Image": IMAGE, "Cmd": list(command), "HostConfig": {"NetworkMode": "bridge", "Binds": ["vol:/v"]}}


def attempt(daemon: Daemon, name: str) -> None:
    """The whole life of one container; ends where the daemon dies."""
    daemon.ask("POST", f"/containers/create?name={name}", body("sleep", "1000"))
    daemon.ask("POST", f"/containers/{name}/start")
    made = daemon.ask("POST", f"/containers/{name}/exec", {"Cmd": ["true"]})[1]
    daemon.ask("POST", f"/exec/{made['Id']}/start", {"Detach": True})
    daemon.ask("POST", f"/containers/{name}/stop?t=0")
    daemon.ask("DELETE", f"/containers/{name}?force=1")


def leftovers(daemon: Daemon, known: set[str]) -> list[str]:
    """What the disk and the cgroups hold of containers that nobody knows."""
    out = []
    for folder in ("data/containers", "data/overlay2", "run/containers"):
        base = os.path.join(daemon.home, folder)
        for name in os.listdir(base) if os.path.isdir(base) else ():
            if len(name) == 64 and name not in known:
                out.append(f"{folder}/{name}")
    return out


@pytest.mark.parametrize("point", [p for p in points() if p.partition(".")[0] in GROUPS])
def test_killed_at(daemon: Daemon, point: str) -> None:
    daemon.start()
    daemon.ask("POST", "/images/create?fromImage=busybox&tag=latest")
    assert daemon.ask("POST", "/containers/create?name=bystander", body("sleep", "1000"))[0] == 201
    assert daemon.ask("POST", "/containers/bystander/start")[0] == 204
    before = daemon.ask("GET", "/containers/bystander/json")[1]["State"]
    daemon.kill()

    daemon.start(f"{point}=kill")
    with pytest.raises((OSError, http.client.HTTPException)):
        attempt(daemon, "victim")
        for _ in range(100):  # what is behind the answer dies a little later
            daemon.ask("GET", "/_ping")
            time.sleep(0.02)
    assert daemon.died()

    daemon.start()
    after = daemon.ask("GET", "/containers/bystander/json")[1]["State"]
    assert (after["Status"], after["Pid"], after["StartedAt"]) == ("running", before["Pid"], before["StartedAt"])
    for container in daemon.ask("GET", "/containers/json?all=1")[1]:
        status, shown = daemon.ask("GET", f"/containers/{container['Id']}/json")
        assert status == 200, shown
        assert shown["State"]["Status"] in ("created", "running", "exited"), shown["State"]
    if daemon.ask("GET", "/containers/victim/json")[0] == 200:
        assert daemon.ask("DELETE", "/containers/victim?force=1&v=1")[0] == 204
    attempt(daemon, "victim")
    assert daemon.ask("GET", "/containers/victim/json")[0] == 404
    assert daemon.ask("DELETE", "/containers/bystander?force=1")[0] == 204
    assert daemon.ask("GET", "/networks/bridge")[1]["Containers"] in ({}, None), json.dumps(point)
    daemon.kill()
    daemon.start()
    assert leftovers(daemon, set()) == []
    daemon.kill()
