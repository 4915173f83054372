"""What others do around the daemon: other daemons, signals, a flushed firewall, dead keepers and launchers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from faults.house import COUNT, House
from faults.verbs import VERBS, tidy
from support.space import until

pytestmark = pytest.mark.faults


def _rules(house: House) -> list[str]:
    return house.sh("nft list ruleset").splitlines()


@pytest.mark.parametrize("command", ["nft flush ruleset", "nft delete table ip hutch", "nft flush table ip hutch"])
def test_rules_come_back(house: House, command: str) -> None:
    before = _rules(house)
    assert "masquerade" in str(before) and "8080" in str(before)
    house.sh(command)
    assert until(lambda: _rules(house) == before, 3), _rules(house)


def test_a_second_daemon_refuses(house: House) -> None:
    command = house.space.inside(*house.command("--pidfile", f"{house.base}/second.pid"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "another daemon uses the data root" in done.stderr
    house.bystander_lives()


@pytest.mark.parametrize("daemon_is_dead", [False, True])
@pytest.mark.parametrize("who", ["keeper", "init"])
def test_killed_inside(house: House, who: str, daemon_is_dead: bool) -> None:
    VERBS["stop"].before(house)
    state = house.state("victim")
    pid = house.keeper_of("victim") if who == "keeper" else state["Pid"]
    if daemon_is_dead:
        house.kill()
    os.kill(pid, signal.SIGKILL)
    if daemon_is_dead:
        house.come_back()
    assert until(lambda: house.state("victim")["Status"] == "exited")
    assert house.state("victim")["ExitCode"] == 137
    assert until(lambda: not Path(f"/proc/{state['Pid']}").exists())
    house.bystander_lives()
    VERBS["start"].act(house)
    tidy(house)
    house.clean()


def test_killed_keeper_and_started_again_at_once(house: House) -> None:
    """What the dead keeper left is killed and removed by its cgroup, which is that of the new run, too."""
    house.run("victim", "sleep 1000")
    for _ in range(10):
        os.kill(house.keeper_of("victim"), signal.SIGKILL)
        while house.state("victim")["Status"] != "exited":
            pass
        house.must("POST", "/containers/victim/start")
        time.sleep(0.1)
        assert house.state("victim")["Status"] == "running", house.state("victim")
        assert house.must("GET", "/containers/victim/top")["Processes"]
    house.bystander_lives()
    tidy(house)
    house.clean()


def test_killed_launcher(house: House) -> None:
    os.kill(house.launcher(), signal.SIGKILL)
    VERBS["run --rm"].act(house)
    house.bystander_lives()
    assert until(lambda: len(house.parked()[0]) >= 2)
    tidy(house)
    house.clean()


def test_killed_template(house: House) -> None:
    """Keepers are forked from it, and live on without it."""
    launcher = house.launcher()
    for pid in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    for _ in range(len(house.parked()[0]) + 1):
        VERBS["run --rm"].act(house)
    house.bystander_lives()
    tidy(house)
    house.clean()


def test_killed_proxy(house: House) -> None:
    """The ports that it held are there again, without a word to the daemon."""
    for pid in [pid for pid, line in house.space.processes().items() if "proxy.py" in line]:
        os.kill(pid, signal.SIGKILL)
    house.clean()
    house.run("victim", "sleep 1000", NetworkMode="bridge", PortBindings={"81/tcp": [{"HostPort": "8081"}]})
    tidy(house)
    house.clean()


@pytest.mark.parametrize("policy", ["no", "always"])
def test_killed_all_together(house: House, policy: str) -> None:
    house.run("victim", "sleep 1000", NetworkMode="bridge", RestartPolicy={"Name": policy})
    pids = [house.launcher(), house.keeper_of("victim")]
    house.kill()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    house.come_back()
    wanted = ("exited", 137) if policy == "no" else ("running", 0)
    assert until(lambda: (house.state("victim")["Status"], house.state("victim")["ExitCode"]) == wanted)
    house.bystander_lives()
    tidy(house)
    house.clean()


@pytest.mark.parametrize("who", ["keeper", "init"])
def test_killed_and_started_again_by_policy(house: House, who: str) -> None:
    house.run("victim", "sleep 1000", RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 3})
    before = house.state("victim")["Pid"]
    os.kill(house.keeper_of("victim") if who == "keeper" else before, signal.SIGKILL)
    assert until(lambda: house.state("victim")["Status"] == "running" and house.state("victim")["Pid"] != before)
    assert house.must("GET", "/containers/victim/json")["RestartCount"] == 1
    house.bystander_lives()
    tidy(house)
    house.clean()


def test_killed_exec(house: House) -> None:
    VERBS["exec"].before(house)
    made = house.must("POST", "/containers/victim/exec", {"Cmd": ["sleep", "1000"]})["Id"]
    house.must("POST", f"/exec/{made}/start", {"Detach": True})
    os.kill(house.must("GET", f"/exec/{made}/json")["Pid"], signal.SIGKILL)
    assert until(lambda: not house.must("GET", f"/exec/{made}/json")["Running"])
    assert house.must("GET", f"/exec/{made}/json")["ExitCode"] == 137
    assert house.state("victim")["Status"] == "running"
    tidy(house)
    house.clean()


def test_many_hands_on_one_name(house: House) -> None:
    """Whatever they do at once, each gets success or a conflict, and nothing is left."""
    answers: list[tuple[str, int, object]] = []
    body = {"Image": house.image, "Cmd": ["sh", "-c", COUNT], "HostConfig": {"NetworkMode": "bridge"}}

    def hands(number: int) -> None:
        for turn in range(6):
            for method, path, content in (
                ("POST", "/containers/create?name=many", body),
                ("POST", "/containers/many/start", None),
                ("POST", "/containers/many/stop?t=0", None),
                ("POST", f"/containers/many/rename?name=many{number}", None),
                ("POST", f"/containers/many{number}/rename?name=many", None),
                ("DELETE", "/containers/many?force=1", None),
            )[(number + turn) % 3 :]:
                status, answer = house.api(method, path, content, timeout=60)
                answers.append((f"{method} {path}", status, answer))

    threads = [threading.Thread(target=hands, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    wrong = [answer for answer in answers if answer[1] not in (200, 201, 204, 304, 400, 404, 409)]
    assert not wrong
    for row in house.must("GET", "/containers/json?all=1"):
        if row["Names"] != ["/bystander"]:
            house.remove(row["Id"])
    house.bystander_lives()
    house.clean()


def test_others_answer_while_one_is_stuck(house: House) -> None:
    """The keeper of one container stands still in the middle of its stop."""
    VERBS["stop"].before(house)
    pid = house.keeper_of("victim")
    os.kill(pid, signal.SIGSTOP)
    stopping = threading.Thread(target=lambda: house.api("POST", "/containers/victim/stop?t=0", timeout=60))
    try:
        stopping.start()
        for _ in range(5):
            house.must("GET", "/containers/json?all=1")
        house.bystander_lives()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        stopping.join(60)
    assert house.state("victim")["Status"] == "exited"
    tidy(house)
    house.clean()


def test_settings_are_read_again(house: House) -> None:
    """SIGHUP; the bystander does not notice."""
    os.kill(house.pid, signal.SIGHUP)
    assert until(lambda: "Reloaded configuration" in house.log or "could not reload" in house.log)
    house.bystander_lives()


def _size(house: House) -> tuple[int, int]:
    """Open descriptors and threads of the daemon."""
    base = Path(f"/proc/{house.pid}")
    return len(os.listdir(base / "fd")), len(os.listdir(base / "task"))


def _links(house: House) -> list[str]:
    """What the daemon has open."""
    base = f"/proc/{house.pid}/fd"
    found = []
    for name in os.listdir(base):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"{base}/{name}"))
    return sorted(found)


def test_clients_that_go_away_leave_nothing(house: House) -> None:
    """Attach, exec, follow and events, each abandoned in the middle, many times."""
    house.must("GET", "/info")
    before = _size(house)
    upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\nHost: h\r\nContent-Type: application/json\r\n"
    for number in range(200):
        made = house.must("POST", "/containers/bystander/exec", {"Cmd": ["true"], "AttachStdout": True})
        for head, content in (
            ("POST /containers/bystander/attach?stream=1&stdout=1", ""),
            (f"POST /exec/{made['Id']}/start", '{"Detach":false}'),
            ("GET /containers/bystander/logs?stdout=1&follow=1", ""),
            ("GET /events", ""),
        ):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(house.socket)
                request = f"{head} HTTP/1.1\r\n{upgrade}Content-Length: {len(content)}\r\n\r\n{content}"
                client.sendall(request.encode())
                if number % 2:
                    client.recv(16)
    assert until(lambda: _size(house)[0] <= before[0] + 2), (before, _links(house))
    assert _size(house)[1] <= before[1] + 40  # a pool of threads, which has an end
    house.bystander_lives()
    house.clean()


def test_many_clients_that_do_not_wait_are_all_let_in(house: House) -> None:
    """A client with a timeout is told EAGAIN when nobody accepts it and too many wait (unix(7))."""
    with contextlib.ExitStack() as clients:
        os.kill(house.pid, signal.SIGSTOP)
        clients.callback(os.kill, house.pid, signal.SIGCONT)
        made = [clients.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(400)]
        for client in made:
            client.settimeout(30)
            client.connect(house.socket)
            client.sendall(b"GET /_ping HTTP/1.1\r\nHost: h\r\n\r\n")
        os.kill(house.pid, signal.SIGCONT)
        for client in made:
            assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_a_reader_that_stalls_holds_up_nobody(house: House) -> None:
    """Followers that never read: the container's counter goes on, and the daemon does not grow."""
    script = "yes 0123456789012345678901234567890123456789 | head -n 400000; echo done"
    with contextlib.ExitStack() as stalled:
        house.must("POST", "/containers/create?name=victim", {
            "Image": house.image, "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none"},
        })  # fmt: skip
        house.must("POST", "/containers/victim/start")
        for path in ("logs?stdout=1&follow=1", "logs?stdout=1&follow=1"):
            client = stalled.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(house.socket)
            client.sendall(f"GET /containers/victim/{path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert until(lambda: house.state("victim")["Status"] == "exited", 30)
        status = Path(f"/proc/{house.pid}/status").read_text()
        assert int(status.partition("VmRSS:")[2].split()[0]) < 150_000  # KiB
    tidy(house)
    house.clean()


def test_told_to_end_it_leaves_containers_running(house: House) -> None:
    assert house.terminate() == 0
    assert Path(f"/proc/{house.bystander}").exists()
    house.come_back()
    house.bystander_lives()
    house.clean()


def test_fifty_that_remove_themselves_at_once(house: House) -> None:
    failed: list[object] = []

    def one(number: int) -> None:
        host = {"NetworkMode": "bridge" if number % 2 else "none", "AutoRemove": True}
        body = {"Image": house.image, "Cmd": ["true"], "HostConfig": host}
        for method, path, content in (
            ("POST", f"/containers/create?name=many{number}", body),
            ("POST", f"/containers/many{number}/start", None),
        ):
            status, answer = house.api(method, path, content, timeout=60)
            if status >= 300:
                failed.append((path, status, answer))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    assert not failed
    assert until(lambda: len(house.must("GET", "/containers/json?all=1")) == 1, 30)
    house.bystander_lives()
    house.clean()
