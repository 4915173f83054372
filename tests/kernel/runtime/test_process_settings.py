"""What the config and the options say about the process itself is in force, or refused."""

import json
import os
import select
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel


def test_scheduler_and_io_priority(box: Any) -> None:
    box.config["process"]["scheduler"] = {"policy": "SCHED_BATCH", "nice": 5}
    box.config["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}
    box.create("sleep", "60")
    box.call("start", box.name)
    pid = box.state()["pid"]
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH
    assert os.getpriority(os.PRIO_PROCESS, pid) == 5
    if ionice := shutil.which("ionice"):
        out = subprocess.run([ionice, "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        assert out == "best-effort: prio 6\n"


def test_a_scheduler_the_kernel_refuses_is_an_error(box: Any) -> None:
    box.config["process"]["scheduler"] = {"policy": "SCHED_FIFO", "priority": 1000}
    result = box.run("true")
    assert "error setting scheduler: invalid argument" in result.stderr
    assert result.returncode != 0


def test_clocks_of_a_time_namespace(box: Any) -> None:
    box.config["linux"]["namespaces"].append({"type": "time"})
    box.config["linux"]["timeOffsets"] = {"monotonic": {"secs": 0}, "boottime": {"secs": 1000000, "nanosecs": 1}}
    result = box.run("cat", "/proc/uptime")
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(float(result.stdout.split()[0]) - uptime - 1000000) < 60, result.stderr


def test_the_pidfd_goes_to_the_socket(box: Any) -> None:
    path = box.folder / "pidfd.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(2)
        box.write("sleep", "60")
        command = [*box.runtime, "--root", str(box.folder / "state"), "run", "-d", "--pidfd-socket", str(path)]
        command += ["-b", str(box.folder / "bundle"), box.name]
        null = subprocess.DEVNULL
        subprocess.run(command, stdin=null, stdout=null, stderr=null, timeout=60, check=True)
        result = box.call("exec", "--pidfd-socket", str(path), box.name, "true")
        assert result.returncode == 0, result.stderr
        for kind in (b"standard", b"setns"):
            connection, _ = listener.accept()
            with connection:
                data, fds, _, _ = socket.recv_fds(connection, 64, 1)
            assert data == kind
            if kind == b"standard":
                info = Path(f"/proc/self/fdinfo/{fds[0]}").read_text()
                assert f"Pid:\t{box.state()['pid']}\n" in info
                box.call("kill", box.name, "KILL")
                assert select.select(fds, [], [], 20)[0]
            for fd in fds:
                os.close(fd)


def test_exec_on_the_processors_it_asks_for(box: Any) -> None:
    box.create("sleep", "60")
    box.call("start", box.name)
    process = {
        **box.config["process"], "args": ["grep", "Cpus_allowed_list", "/proc/self/status"],
        "execCPUAffinity": {"initial": "0", "final": "1" if (os.cpu_count() or 1) > 1 else "0"},
    }  # fmt: skip
    path = box.folder / "process.json"
    path.write_text(json.dumps(process))
    result = box.call("exec", "--process", str(path), box.name)
    assert result.stdout.split()[-1] == process["execCPUAffinity"]["final"], result.stderr


def test_exec_preserves_descriptors(box: Any) -> None:
    box.create("sleep", "60")
    box.call("start", box.name)
    (box.folder / "one").write_text("first")
    script = 'exec 3< "$1"; shift; exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", str(box.folder / "one"), *box.runtime, "--root"]
    command += [str(box.folder / "state"), "exec", "--preserve-fds", "1", box.name, "cat", "/proc/self/fd/3"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout == "first", result.stderr
    bad = box.call("exec", "--preserve-fds", "x", box.name, "true")
    assert 'invalid value "x" for flag -preserve-fds' in bad.stderr


@pytest.mark.parametrize("key", ["intelRdt", "mountLabel"])
def test_what_cannot_be_honoured_is_refused_by_name(box: Any, key: str) -> None:
    box.config["linux"][key] = {"x": "y"}
    result = box.run("true")
    assert f"linux.{key} is not supported" in result.stderr
    assert result.returncode == 1


def test_without_pivot_the_host_is_still_out_of_sight(box: Any) -> None:
    box.write("sh", "-c", "cat /proc/1/mountinfo | head -1; ls /; cd ..; ls ..")
    result = box.call("run", "--no-pivot", "-b", str(box.folder / "bundle"), box.name)
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.splitlines()[1:]) == {"bin", "dev", "etc", "proc", "sys"}


def test_events_tell_of_memory_running_out_at_once(box: Any) -> None:
    box.config["linux"]["resources"]["memory"] = {"limit": 32 << 20}
    box.config["process"]["oomScoreAdj"] = 0
    box.create(
        "sh",
        "-c",
        "while [ ! -e /go ]; do sleep 0.1; done; busybox dd if=/dev/zero of=/dev/null bs=200M count=1; sleep 60",
    )
    box.call("start", box.name)
    command = [*box.runtime, "--root", str(box.folder / "state"), "events", "--interval", "10m", box.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as events:
        assert events.stdout is not None
        assert json.loads(events.stdout.readline())["type"] == "stats"
        begin = time.monotonic()
        (box.rootfs / "go").touch()
        assert json.loads(events.stdout.readline()) == {"type": "oom", "id": box.name}
        assert time.monotonic() - begin < 60
        box.call("kill", box.name, "KILL")
        assert events.wait(30) == 0


def test_a_small_limit_of_open_files_holds_from_create_on(box: Any) -> None:
    """Fewer than the numbers that the runtime itself moves its descriptors to."""
    box.config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 16, "hard": 16}]
    (box.folder / "one").write_text("first")
    box.write("sh", "-c", "cat <&3; ulimit -n")
    script = 'exec 3< "$1" >"$2"; shift; shift; exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", str(box.folder / "one"), str(box.folder / "output"), *box.runtime]
    command += ["--root", str(box.folder / "state"), "create", "--preserve-fds", "1"]
    command += ["-b", str(box.folder / "bundle"), box.name]
    subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True)
    result = box.call("start", box.name)
    assert result.returncode == 0, result.stderr
    end = time.monotonic() + 20
    while box.output() != "first16\n" and time.monotonic() < end:
        time.sleep(0.02)
    assert box.output() == "first16\n"


def test_memory_comes_from_the_nodes_of_the_policy(box: Any) -> None:
    if not Path("/proc/self/numa_maps").exists():
        pytest.skip("a kernel without memory policies")
    box.config["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}
    box.create("sleep", "60")
    box.call("start", box.name)
    for result in (
        Path(f"/proc/{box.state()['pid']}/numa_maps").read_text(),
        box.call("exec", box.name, "cat", "/proc/self/numa_maps").stdout,
    ):
        assert " bind=static:0 " in result.splitlines()[0]


def test_a_further_process_has_the_personality_too(box: Any) -> None:
    box.config["linux"]["personality"] = {"domain": "LINUX32"}
    box.create("sleep", "60")
    box.call("start", box.name)
    assert box.call("exec", box.name, "cat", "/proc/self/personality").stdout == "00000008\n"


def test_a_network_device_of_the_host_becomes_the_containers(box: Any) -> None:
    box.config["linux"]["netDevices"] = {"hutch-test0": {"name": "lan"}}
    box.write("sh", "-c", "ip addr show lan; ip link show hutch-test1 || echo none")
    # The host, here, is a network namespace of its own.
    host = [
        "ip link add hutch-test0 type veth peer name hutch-test1",
        "ip addr add 10.97.5.1/24 dev hutch-test0",
        "ip addr add fd00:97::1/64 dev hutch-test0 nodad",
        'exec "$@"',
    ]
    run = [*box.runtime, "--root", str(box.folder / "state"), "run", "-b", str(box.folder / "bundle"), box.name]
    command = ["unshare", "--net", "sh", "-ec", "\n".join(host), "sh", *run]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert "inet 10.97.5.1/24" in result.stdout, result.stderr
    assert "inet6 fd00:97::1/64" in result.stdout
    assert ",UP" in result.stdout.split("lan", 1)[1].partition(">")[0]
    assert "none" in result.stdout
    box.config["linux"]["netDevices"] = {"hutch-none": {}}
    result = box.run("true")
    assert "unable to move network device hutch-none: no such device" in result.stderr
