"""Containers in the hands of real keepers."""

from __future__ import annotations

import _socket
import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.runtime.stages.channel import Channel, Closed

pytestmark = pytest.mark.kernel

Pair = tuple[socket.socket, socket.socket]


def read_all(sock: socket.socket) -> bytes:
    out = bytearray()
    while piece := sock.recv(65536):
        out += piece
    return bytes(out)


def frames(data: bytes) -> dict[int, bytes]:
    out: dict[int, bytes] = {}
    while data:
        kind, length = data[0], int.from_bytes(data[4:8], "big")
        out[kind] = out.get(kind, b"") + data[8 : 8 + length]
        data = data[8 + length :]
    return out


@pytest.mark.parametrize("pooled", [True, False])
def test_a_container_from_start_to_release(house: Any, pooled: bool) -> None:
    identity = house.park(1)[0] if pooled else ""
    keeper = house.run("sh", "-c", "echo out; echo err >&2; exit 3", identity=identity)
    pid = keeper.event("created")["pid"]
    assert keeper.event("started")["pid"] == pid
    exit_event = keeper.event("exit")
    assert (exit_event["code"], exit_event["signal"], exit_event["oom"]) == (3, 0, False)
    assert json.loads((keeper.bundle / "exit.json").read_text())["code"] == 3
    state = json.loads((keeper.bundle / "keeper.json").read_text())
    assert (state["keeper"]["pid"], state["init"]["pid"]) == (keeper.pid, pid)
    assert state["init"]["start_time"] > 0
    records = [json.loads(line) for line in (keeper.bundle / "log").read_text().splitlines()]
    assert sorted((r["stream"], r["log"]) for r in records) == [("stderr", "err\n"), ("stdout", "out\n")]
    cgroup = open_cgroup(state["cgroup"])
    assert cgroup.exists()
    keeper.release()
    assert not cgroup.exists()
    assert not (keeper.bundle / "keeper.sock").exists()


def test_every_end_is_seen_however_soon_it_comes(house: Any) -> None:
    """The process may end before the maker that made it has, and is its child until then."""
    for number in range(200):
        identity = house.park(1)[0] if number % 10 == 0 else ""
        keeper = house.run("true", identity=identity)
        assert [keeper.event("created", "started", "exit", "failed")["event"] for _ in range(3)] == [
            "created", "started", "exit",
        ]  # fmt: skip
        keeper.release()


def test_a_container_that_cannot_be_limited_leaves_nothing(house: Any) -> None:
    keeper = house.run("true", resources={"pids": {"limit": 5}, "hugepageLimits": [{"pageSize": "3KB", "limit": 1}]})
    assert keeper.event("started", "failed")["event"] == "failed"
    with pytest.raises(Closed):
        keeper.event("exit")
    assert not any(Path(folder, keeper.bundle.name).exists() for folder in open_cgroup(house.cgroup).folders())
    assert not (keeper.bundle / "keeper.json").exists()
    assert not (keeper.bundle / "keeper.sock").exists()


def test_a_signal_is_told_as_docker_counts(house: Any) -> None:
    keeper = house.run("sleep", "100")
    keeper.event("started")
    assert keeper.request(op="signal", sig=signal.SIGKILL)["ok"]
    event = keeper.event("exit")
    assert (event["code"], event["signal"]) == (137, 9)
    assert keeper.request(op="signal", sig=9)["kind"] == "conflict"


def test_a_missing_program_fails_with_its_exit_code_and_leaves_nothing(house: Any) -> None:
    keeper = house.run("no-such-program")
    event = keeper.event("failed")
    assert event["exit_code"] == 127
    assert event["errno"] == 2
    keeper.channel.close()
    assert not any(Path(folder, keeper.bundle.name).exists() for folder in open_cgroup(house.cgroup).folders())


def test_nothing_of_the_host_is_open_in_the_container(house: Any) -> None:
    """The allow-list: the three streams, nothing else (CVE-2024-21626)."""
    for identity in (house.park(2)[0], ""):
        keeper = house.run("sleep", "100", identity=identity)
        pid = keeper.event("started")["pid"]
        open_fds = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        assert set(open_fds) == {"0", "1", "2"}
        assert open_fds["0"] == "/dev/null"
        assert all(open_fds[number].startswith("pipe:") for number in "12")
        status = Path(f"/proc/{pid}/status").read_text()
        ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
        blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
        assert (ignored, blocked) == (0, 0)
        answer = keeper.request(op="exec", exec="e", process=house.process(["sleep", "100"]))
        assert answer["ok"], answer
        running = keeper.event("exec-started")["pid"]
        assert set(os.listdir(f"/proc/{running}/fd")) == {"0", "1", "2"}
        keeper.release()


def test_without_stdin_a_process_reads_the_null_device_of_the_container(house: Any) -> None:
    """Not the host's: with its descriptor a container could change the mode of that."""
    keeper = house.run("sleep", "100")
    pid = keeper.event("started")["pid"]
    keeper.request(op="exec", exec="e", process=house.process(["sleep", "100"]))
    running = keeper.event("exec-started")["pid"]
    own = os.stat(f"/proc/{pid}/root/dev/null")
    host = os.stat("/dev/null")
    for each in (pid, running):
        got = os.stat(f"/proc/{each}/fd/0")
        assert (got.st_dev, got.st_ino) == (own.st_dev, own.st_ino) != (host.st_dev, host.st_ino)
    keeper = house.run("sh", "-c", "cat; chmod 0640 /proc/self/fd/0; stat -c %a /dev/null")
    keeper.event("exit")
    assert keeper.log() == "640\n"
    assert os.stat("/dev/null").st_mode == host.st_mode


def test_attach_gets_frames_and_gives_input(house: Any, pair: Pair) -> None:
    ours, theirs = pair
    attach = {"op": "attach", "stdin": True, "mux": True, "pending": b"early ".hex()}
    keeper = house.run(
        "sh", "-c", "cat; echo done >&2", fds=(theirs.fileno(),), stdin=True, stdin_once=True, attach=attach
    )
    theirs.close()
    ours.sendall(b"late\n")
    ours.shutdown(socket.SHUT_WR)
    assert frames(read_all(ours)) == {1: b"early late\n", 2: b"done\n"}
    assert keeper.event("exit")["code"] == 0
    assert "early late\n" in keeper.log()


def test_a_terminal_with_a_size_and_detach_keys(house: Any, pair: Pair) -> None:
    ours, theirs = pair
    keeper = house.run(
        "sh", "-c", "stty size; tty; read x; stty size; sleep 100", terminal=True, stdin=True, start=False
    )
    keeper.event("created")
    attach = {"op": "attach", "stdin": True, "mux": False, "detach_keys": "1011"}
    assert keeper.request((theirs.fileno(),), **attach)["ok"]
    theirs.close()
    assert keeper.request(op="resize", h=33, w=44)["ok"]
    assert keeper.request(op="start")["ok"]
    out = b""
    while b"/dev/" not in out:
        out += ours.recv(1000)
    assert b"33 44\r\n" in out
    assert keeper.request(op="resize", h=50, w=60)["ok"]
    ours.sendall(b"x\r")
    while b"50 60" not in out:
        out += ours.recv(1000)
    ours.sendall(b"\x10\x11")
    assert keeper.event("detached")["reason"] == "keys"
    read_all(ours)
    assert keeper.request(op="status")["ok"]
    assert keeper.event("status")["state"] == "running"


def test_exec_with_streams_exit_code_and_failure(house: Any, pair: Pair) -> None:
    ours, theirs = pair
    keeper = house.run("sleep", "100")
    keeper.event("started")
    process = house.process(["sh", "-c", "cat; echo err >&2; exit 5"])
    answer = keeper.request((theirs.fileno(),), op="exec", exec="one", process=process, stdin=True, tty=False)
    assert answer["ok"], answer
    theirs.close()
    ours.sendall(b"typed")
    ours.shutdown(socket.SHUT_WR)
    assert frames(read_all(ours)) == {1: b"typed", 2: b"err\n"}
    assert keeper.event("exec-exit") == {"event": "exec-exit", "exec": "one", "code": 5, "signal": 0}
    answer = keeper.request(op="exec", exec="two", process=house.process(["nowhere"]))
    assert answer["ok"]
    assert keeper.event("exec-failed")["exit_code"] == 127


def test_exec_with_a_terminal(house: Any, pair: Pair) -> None:
    ours, theirs = pair
    keeper = house.run("sleep", "100")
    process = house.process(["sh", "-c", "tty; read line; echo got $line"])
    keeper.request((theirs.fileno(),), op="exec", exec="t", process=process, stdin=True, tty=True)
    theirs.close()
    ours.sendall(b"this\r")
    assert b"got this\r\n" in read_all(ours)
    assert keeper.event("exec-exit")["code"] == 0


def test_a_background_child_of_an_exec_does_not_hold_its_client(house: Any, pair: Pair) -> None:
    ours, theirs = pair
    keeper = house.run("sleep", "100")
    process = house.process(["sh", "-c", "sleep 50 & echo now"])
    keeper.request((theirs.fileno(),), op="exec", exec="b", process=process)
    theirs.close()
    assert frames(read_all(ours)) == {1: b"now\n"}


def test_pause_and_resume(house: Any) -> None:
    keeper = house.run("sleep", "100")
    keeper.event("started")
    assert keeper.request(op="pause")["ok"]
    assert keeper.request(op="pause")["kind"] == "conflict"
    assert keeper.request(op="exec", exec="e", process=house.process(["true"]))["kind"] == "conflict"
    assert keeper.request(op="resume")["ok"]
    assert keeper.request(op="resume")["kind"] == "conflict"


def test_the_daemon_may_die_and_the_next_one_takes_over(house: Any, pair: Pair) -> None:
    """A daemon in a child process is killed; the container runs on, is logged, and a new connection takes over."""
    ours, theirs = pair
    keeper = house.run("sh", "-c", "read x; echo before; read x; echo after; exit 4", stdin=True)
    pid = keeper.event("started")["pid"]
    daemon = os.fork()
    if not daemon:
        try:
            channel = Channel(connect(keeper.bundle / "keeper.sock"))
            channel.send({"op": "attach", "stdin": True, "mux": True, "seq": 1}, (theirs.fileno(),))
            channel.receive()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    assert os.waitpid(daemon, 0)[1] == signal.SIGKILL
    keeper.channel.close()
    theirs.close()
    ours.sendall(b"1\n")
    assert ours.recv(100)[8:] == b"before\n"
    keeper.channel = Channel(connect(keeper.bundle / "keeper.sock"))
    keeper.request(op="status")
    status = keeper.event("status")
    assert status.pop("started") > 0
    assert status == {"event": "status", "state": "running", "pid": pid, "execs": {}, "exit": None}
    ours.sendall(b"2\n")
    assert keeper.event("exit")["code"] == 4
    assert frames(read_all(ours)) == {1: b"after\n"}
    assert keeper.log() == "before\nafter\n"


def connect(path: Path) -> _socket.socket:
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    folder = os.open(path.parent, os.O_PATH)
    sock.connect(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    return sock


def test_a_stopped_reader_does_not_stop_the_container(house: Any, pair: Pair) -> None:
    _, theirs = pair
    attach = {"op": "attach", "mux": True, "seq": 9}
    keeper = house.run("sh", "-c", "yes | head -c 20000000; exit 6", fds=(theirs.fileno(),), attach=attach)
    theirs.close()
    assert keeper.event("detached")["reason"] == "slow"
    assert keeper.event("exit")["code"] == 6
    assert sum(path.stat().st_size for path in keeper.bundle.glob("log*")) > 0


def test_a_blocking_reader_gets_everything(house: Any, pair: Pair) -> None:
    ours, theirs = pair
    attach = {"op": "attach", "mux": False, "blocking": True}
    keeper = house.run("sh", "-c", "seq 1 1000000", fds=(theirs.fileno(),), attach=attach, log={"driver": "none"})
    theirs.close()
    time.sleep(3)
    assert read_all(ours) == b"".join(b"%d\n" % n for n in range(1, 1000001))
    assert keeper.event("exit")["code"] == 0


def test_out_of_memory_is_told(house: Any) -> None:
    keeper = house.run(
        "sh", "-c", "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x$x$x; done",
        resources={"memory": {"limit": 16 << 20, "swap": 16 << 20}},
    )  # fmt: skip
    event = keeper.event("exit")
    assert event["oom"] is True
    assert event["code"] == 137


def test_release_ends_a_running_container(house: Any) -> None:
    keeper = house.run("sleep", "100")
    pid = keeper.event("started")["pid"]
    keeper.release()
    assert not os.path.exists(f"/proc/{pid}")


def test_an_exec_id_in_use_is_refused_and_the_first_goes_on(house: Any) -> None:
    keeper = house.run("sleep", "100")
    keeper.event("started")
    keeper.request(op="exec", exec="first", process=house.process(["sleep", "100"]))
    assert keeper.event("exec-started")["exec"] == "first"
    answer = keeper.request(op="exec", exec="first", process=house.process(["true"]))
    assert answer["kind"] == "conflict"
    event = keeper.event("exec-failed")
    assert (event["exec"], event["message"]) == ("first", "exec first is running already")
    assert keeper.request(op="status")["ok"]
    assert list(keeper.event("status")["execs"]) == ["first"]
