"""The fork server itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import hutch.runtime.launcher.main as launcher_main
from hutch.runtime.cgroups.cgroup import open_cgroup

pytestmark = pytest.mark.kernel


def parked_cgroups(house: Any) -> set[str]:
    folder = Path(open_cgroup(house.cgroup).folders()[0])
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.exists() else set()


def until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_is_a_daemon_of_its_own(house: Any) -> None:
    assert os.getsid(house.pid) != os.getsid(0)
    stat = Path(f"/proc/{house.pid}/stat").read_text()
    assert stat.split()[1] == "(hutch-launcher)"
    assert {os.readlink(f"/proc/{house.pid}/fd/{fd}") for fd in (1, 2)} == {str(house.base / "launcher.log")}
    assert house.socket.stat().st_mode & 0o777 == 0o600


def test_it_ends_by_itself_when_nobody_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "run" / "l.sock"
    command = [sys.executable, "-I", "-S", launcher_main.__file__, "--socket", str(path), "--version", "1"]
    subprocess.run([*command, "--alone", "0.5"], check=True, timeout=60)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as daemon:
        daemon.connect(str(path))
        time.sleep(1.0)
        assert path.exists()
    until(lambda: not path.exists())
    subprocess.run([*command, "--alone", "0.1"], check=True, timeout=60)
    until(lambda: not path.exists())


def test_it_stays_for_the_keepers_that_live(house: Any) -> None:
    house.ask(op="retire")
    house.launch("--alone", "0.2")
    keeper = house.run("sleep", "1000")
    keeper.event("started")
    house.channel.close()
    time.sleep(1.0)
    assert house.socket.exists()
    keeper.release()
    until(lambda: not house.socket.exists())
    house.launch()


def test_only_one_at_a_time(house: Any) -> None:
    command = [sys.executable, "-I", "-S", launcher_main.__file__, "--socket", str(house.socket), "--version", "2"]
    again = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert again.returncode == 1
    assert again.stderr == f"hutch launcher: another launcher serves {house.socket}\n"


def test_the_pool_is_filled_and_ids_are_cgroups(house: Any) -> None:
    parked = house.park(3)
    assert parked_cgroups(house) == set(parked)
    house.ask(op="ready", count=1, cgroup_parent=house.cgroup)
    until(lambda: len(parked_cgroups(house)) == 1)


def test_claimed_ones_are_replaced_and_old_claims_given_up(house: Any) -> None:
    first = house.park(1)[0]
    assert house.ask(op="claim", id=first)[0]["parked"] is True
    second = house.park(1)[0]
    assert first in parked_cgroups(house)
    house.ask(op="claim", id=second)
    until(lambda: first not in parked_cgroups(house))
    assert house.ask(op="claim", id=first)[0]["parked"] is False
    keeper = house.run("true", identity=first)
    assert keeper.event("exit")["code"] == 0


def test_a_claim_that_is_given_up_and_created_in_the_same_moment(house: Any) -> None:
    """What was parked removes the cgroup that the container's own keeper is about to use."""
    for _ in range(4):
        first = house.park(1)[0]
        house.channel.send({"op": "claim", "id": first, "seq": 0})
        second = house.park(1)[0]
        house.channel.send({"op": "claim", "id": second, "seq": 0})
        keeper = house.run("true", identity=first)
        assert keeper.event("exit", "failed").get("code") == 0
        house.ask(op="forgo", id=second)


def test_a_container_of_another_shape_gives_the_parked_one_up(house: Any) -> None:
    identity = house.park(1)[0]
    spec_namespaces = ("mount", "pid", "ipc", "uts", "cgroup")
    original = house.config

    def host_network(*args: Any) -> dict[str, Any]:
        config: dict[str, Any] = original(*args)
        config["linux"]["namespaces"] = [{"type": kind} for kind in spec_namespaces]
        return config

    house.config = host_network
    keeper = house.run("sleep", "100", identity=identity)
    pid = keeper.event("started")["pid"]
    assert os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net")
    assert os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")


def test_containers_outlive_the_launcher(house: Any) -> None:
    keeper = house.run("sh", "-c", "read x; exit 2", stdin=True)
    keeper.event("started")
    os.kill(house.pid, signal.SIGKILL)
    house.channel.close()
    until(lambda: not os.path.exists(f"/proc/{house.pid}/exe"))  # nor of a zombie
    assert keeper.request(op="status")["ok"]
    house.launch()
    again = house.run("true")
    assert again.event("exit")["code"] == 0
    assert keeper.request(op="signal", sig=9)["ok"]
    assert keeper.event("exit")["code"] == 137


def test_what_a_killed_keeper_leaves_is_cleaned(house: Any) -> None:
    keeper = house.run("sleep", "100")
    pid = keeper.event("started")["pid"]
    os.kill(keeper.pid, signal.SIGKILL)
    cgroup = f"{house.cgroup}/{keeper.bundle.name}"
    assert house.ask(op="clean", cgroup=cgroup)[0]["ok"]
    assert not open_cgroup(cgroup).exists()
    until(lambda: not os.path.exists(f"/proc/{pid}/exe"))
    assert house.ask(op="clean", cgroup=cgroup)[0]["ok"]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("who", ["keeper", "maker", "init"])
def test_a_parked_one_that_is_killed_leaves_nothing_and_is_replaced(house: Any, who: str) -> None:
    """Of its id and cgroup nobody else knows; a container that has drawn the id starts all the same."""
    identity = house.park(1)[0]
    assert house.ask(op="claim", id=identity)[0]["parked"] is True
    cgroup = open_cgroup(f"{house.cgroup}/{identity}")
    until(cgroup.pids)  # on v1 the init goes there by itself, and nobody waits for that
    (init,) = cgroup.pids()
    maker = parent_of(init)
    keeper = parent_of(maker)
    os.kill({"keeper": keeper, "maker": maker, "init": init}[who], signal.SIGKILL)
    until(lambda: identity not in parked_cgroups(house))
    assert house.run("true", identity=identity).event("exit")["code"] == 0
    for free in house.park(1):
        assert house.run("true", identity=free).event("exit")["code"] == 0


def test_bad_requests_are_answered(house: Any) -> None:
    assert house.ask(op="nonsense")[0]["kind"] == "invalid"
    assert house.ask(op="create")[0]["kind"] == "invalid"


def test_the_launcher_stays_small(house: Any) -> None:
    """The import budget: every module and megabyte here is one of each container's."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import hutch.runtime.launcher.main; "
        "print(len(sys.modules)); print(*[m for m in ('asyncio', 'dataclasses', 'typing', 'subprocess', 'logging', "
        "'socket', 'threading', 'inspect') if m in sys.modules])"
    )
    source = str(Path(launcher_main.__file__).parents[3])
    out = subprocess.run([sys.executable, "-I", "-S", "-c", code, source], capture_output=True, text=True, check=True)
    count, _, heavy = out.stdout.partition("\n")
    assert int(count) < 200
    assert heavy.strip() in ("", "typing")
    status = Path(f"/proc/{house.pid}/status").read_text()
    assert int(status.partition("VmRSS:")[2].split()[0]) < 24 * 1024


def test_device_rules_of_its_own_take_the_place_of_the_parked_ones(house: Any) -> None:
    identity = house.park(1)[0]
    rules = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 10, "minor": 200, "access": "rw"}]
    keeper = house.run("sleep", "1000", identity=identity, resources={"devices": rules})
    keeper.event("started")
    cgroup = open_cgroup(f"{house.cgroup}/{identity}")
    if cgroup.layout.version_of("devices") == 1:
        text = Path(cgroup.folder("devices") or "", "devices.list").read_text()
        assert "c 10:200 rw\n" in text
        assert "c 5:1 rwm\n" not in text
    keeper.release()
