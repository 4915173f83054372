"""Containers of other runtimes in the hands of keepers: crun, runc, and our own by its command line."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import hutch
from hutch.runtime.cgroups.cgroup import open_cgroup

pytestmark = pytest.mark.kernel

Pair = tuple[socket.socket, socket.socket]


def find(name: str) -> str | None:
    """Where a runtime is: a path from the environment (HUTCH_TEST_CRUN, ...) or the one installed."""
    return os.environ.get(f"HUTCH_TEST_{name.upper()}") or shutil.which(name)


def own_runtime(folder: Path, extra: str = "") -> dict[str, Any]:
    """Our own runtime by its command line; ``extra`` is Python that runs first."""
    script = folder / "hutch-runtime"
    source = Path(hutch.__file__).parent.parent
    script.write_text(
        f"#!{sys.executable}\nimport sys\n{extra}\nsys.path.insert(0, {str(source)!r})\n"
        "from hutch.runtime.main import main\nsys.exit(main(sys.argv))\n"
    )
    script.chmod(0o755)
    return {"path": str(script), "args": []}


@pytest.fixture(params=["crun", "runc", "hutch-runtime"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    if request.param == "hutch-runtime":
        return own_runtime(tmp_path)
    path = find(request.param)
    if path is None:
        pytest.skip(f"{request.param} is not installed (HUTCH_TEST_{request.param.upper()} may name it)")
    return {"path": path, "args": []}


def rootfs(house: Any) -> list[dict[str, Any]]:
    return [{"destination": "/", "type": "bind", "source": str(house.root), "options": ["rbind"]}]


def read_all(sock: socket.socket) -> bytes:
    out = bytearray()
    while piece := sock.recv(65536):
        out += piece
    return bytes(out)


def mounts(pid: int | str = "self") -> str:
    return Path(f"/proc/{pid}/mountinfo").read_text()


def test_from_start_to_release(house: Any, runtime: dict[str, Any]) -> None:
    before = mounts()
    script = "echo out; echo err >&2; exit 3"
    keeper = house.run("sh", "-c", script, runtime=runtime, rootfs=rootfs(house), start=False)
    pid = keeper.event("created")["pid"]
    assert f"Pid:\t{pid}" in Path(f"/proc/{pid}/status").read_text()
    assert f"PPid:\t{keeper.pid}\n" in Path(f"/proc/{pid}/status").read_text()
    assert keeper.request(op="start")["ok"]
    assert keeper.event("started")["pid"] == pid
    exit_event = keeper.event("exit")
    assert (exit_event["code"], exit_event["signal"], exit_event["oom"]) == (3, 0, False)
    records = [json.loads(line) for line in (keeper.bundle / "log").read_text().splitlines()]
    assert sorted((r["stream"], r["log"]) for r in records) == [("stderr", "err\n"), ("stdout", "out\n")]
    assert mounts() == before
    keeper.release()
    assert not list((keeper.bundle / "runtime" / "rootfs").iterdir())
    group = open_cgroup(f"{house.cgroup}/{keeper.bundle.name}")
    assert not group.exists()


def test_a_missing_program_is_told_in_the_runtimes_words(house: Any, runtime: dict[str, Any]) -> None:
    keeper = house.run("no-such-program", runtime=runtime, rootfs=rootfs(house))
    event = keeper.event("failed")
    assert event["exit_code"] == 127
    assert event["message"].startswith("failed to create task for container: ")
    assert "no-such-program" in event["message"]
    keeper.channel.close()
    assert not any(Path(folder, keeper.bundle.name).exists() for folder in open_cgroup(house.cgroup).folders())


def test_signals_pause_and_update(house: Any, runtime: dict[str, Any]) -> None:
    keeper = house.run("sleep", "100", runtime=runtime, rootfs=rootfs(house))
    keeper.event("started")
    assert keeper.request(op="pause")["ok"]
    assert keeper.request(op="exec", exec="e", process=house.process(["true"]))["kind"] == "conflict"
    assert keeper.request(op="resume")["ok"]
    answer = keeper.request(op="update", resources={"pids": {"limit": 77}})
    assert answer["ok"], answer
    group = open_cgroup(f"{house.cgroup}/{keeper.bundle.name}")
    assert Path(group.folder("pids") or "", "pids.max").read_text() == "77\n"
    assert keeper.request(op="signal", sig=9)["ok"]
    event = keeper.event("exit")
    assert (event["code"], event["signal"]) == (137, 9)
    assert keeper.request(op="signal", sig=9)["kind"] == "conflict"


def test_exec_streams_users_and_failure(house: Any, runtime: dict[str, Any], pair: Pair) -> None:
    (house.root / "etc").mkdir()
    (house.root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nsomeone:x:1234:55::/home/s:/bin/sh\n")
    (house.root / "etc" / "group").write_text("more:x:77:someone\n")
    (house.root / "bin" / "id").symlink_to("busybox")
    keeper = house.run("sleep", "100", runtime=runtime, rootfs=rootfs(house))
    keeper.event("started")
    ours, theirs = pair
    process = house.process(["sh", "-c", "id -u; id -G; echo $HOME; cat; exit 5"])
    process["user"]["username"] = "someone"
    assert keeper.request((theirs.fileno(),), op="exec", exec="one", process=process, stdin=True, mux=False)["ok"]
    theirs.close()
    keeper.event("exec-started")
    ours.sendall(b"typed")
    ours.shutdown(socket.SHUT_WR)
    assert read_all(ours) == b"1234\n55 77\n/home/s\ntyped"
    assert keeper.event("exec-exit") == {"event": "exec-exit", "exec": "one", "code": 5, "signal": 0}
    keeper.request(op="exec", exec="two", process=house.process(["nowhere"]))
    event = keeper.event("exec-failed")
    assert event["exit_code"] == 127
    assert "nowhere" in event["message"]
    keeper.request(op="exec", exec="three", process={**process, "user": {"uid": 0, "gid": 0, "username": "nobody9"}})
    assert "unable to find user nobody9" in keeper.event("exec-failed")["message"]
    assert sorted(each.name for each in (keeper.bundle / "runtime").iterdir() if "exec" in each.name) == []


def test_terminals(house: Any, runtime: dict[str, Any], pair: Pair) -> None:
    ours, theirs = pair
    attach = {"stdin": True, "stdout": True, "stderr": False, "mux": False}
    keeper = house.run(
        "sh", "-c", "tty; read line; echo got $line", runtime=runtime, rootfs=rootfs(house), terminal=True,
        stdin=True, attach=attach, fds=(theirs.fileno(),),
    )  # fmt: skip
    theirs.close()
    keeper.event("started")
    assert keeper.request(op="resize", h=33, w=99)["ok"]
    ours.sendall(b"words\n")
    text = read_all(ours)
    assert b"/dev/" in text
    assert text.endswith(b"got words\r\n")
    assert keeper.event("exit")["code"] == 0


def test_exec_with_a_terminal(house: Any, runtime: dict[str, Any], pair: Pair) -> None:
    keeper = house.run("sleep", "100", runtime=runtime, rootfs=rootfs(house))
    keeper.event("started")
    ours, theirs = pair
    process = house.process(["sh", "-c", "read line; echo got $line; test -t 0"], terminal=True)
    keeper.request((theirs.fileno(),), op="exec", exec="t", process=process, stdin=True, tty=True)
    theirs.close()
    keeper.event("exec-started")
    ours.sendall(b"words\n")
    assert b"got words\r\n" in read_all(ours)
    assert keeper.event("exec-exit")["code"] == 0


def test_output_flows_while_an_exec_starts(house: Any, tmp_path: Path) -> None:
    go = tmp_path / "go"
    wait = f"import os, time\nwhile 'exec' in sys.argv and not os.path.exists({str(go)!r}): time.sleep(0.01)"
    runtime = own_runtime(tmp_path, wait)
    keeper = house.run("sh", "-c", "sleep 0.3; echo tick; sleep 100", runtime=runtime, rootfs=rootfs(house))
    keeper.event("started")
    assert keeper.request(op="exec", exec="e", process=house.process(["true"]))["ok"]
    end = time.monotonic() + 10
    while not keeper.log():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert keeper.log() == "tick\n"
    assert not any(event["event"].startswith("exec") for event in keeper.events)
    go.touch()
    assert keeper.event("exec-started", "exec-exit")["event"] == "exec-started"
    assert keeper.event("exec-exit")["code"] == 0


def test_the_cgroup_of_a_dead_keeper_can_be_cleaned(house: Any, runtime: dict[str, Any]) -> None:
    """When the keeper dies the container is still there, and cleaning its cgroup ends it."""
    keeper = house.run("sleep", "100", runtime=runtime, rootfs=rootfs(house))
    pid = keeper.event("created")["pid"]
    keeper.event("started")
    os.kill(keeper.pid, 9)
    assert house.ask(op="clean", cgroup=f"{house.cgroup}/{keeper.bundle.name}")[0]["ok"]
    end = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{pid}")
