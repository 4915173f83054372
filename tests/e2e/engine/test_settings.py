"""The daemon's flags and ``daemon.json``, each seen in a container or in ``info``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from support.client import Client
from support.engine import Daemon
from support.space import until


def _started(own: Daemon, *flags: str) -> Client:
    own.flags = flags
    own.start()
    own.load_box()
    return Client(own, "docker")


def _run(client: Client, *words: str, network: str = "none") -> str:
    return client("run", "--rm", "--network", network, client.engine.image, *words).ok()


def test_defaults_of_containers(own: Daemon) -> None:
    client = _started(
        own, "--default-ulimit", "nofile=123:456", "--no-new-privileges", "--dns", "10.1.2.3", "--dns-opt", "ndots:4",
        "--dns-search", "far.example", "--log-opt", "max-size=1m", "--log-opt", "max-file=3", "--label", "shelf=top",
        "--default-shm-size", "8m", "--init", "--exec-opt", "native.cgroupdriver=cgroupfs", "--seccomp-profile",
        "unconfined", "--default-ipc-mode", "shareable", "--default-cgroupns-mode", "host",
    )  # fmt: skip
    script = (
        "ulimit -n; ulimit -Hn; grep NoNewPrivs /proc/self/status | tr -d '\\t'; "
        "grep Seccomp: /proc/self/status | tr -d '\\t'; df -k /dev/shm | tail -1 | awk '{print $2}'; cat /proc/1/comm"
    )
    assert _run(client, "sh", "-c", script).split() == [
        "123",
        "456",
        "NoNewPrivs:1",
        "Seccomp:0",
        "8192",
        "docker-init",
    ]
    resolv = _run(client, "cat", "/etc/resolv.conf", network="bridge")
    assert {"nameserver 10.1.2.3", "search far.example", "options ndots:4"} <= set(resolv.split("\n"))
    own_words = ("--dns", "10.9.9.9", "--dns-search", ".", client.engine.image, "cat", "/etc/resolv.conf")
    said = client("run", "--rm", *own_words).ok()
    assert "nameserver 10.9.9.9" in said and "far.example" not in said and "10.1.2.3" not in said
    name = client.running()
    host = client.inspect(name)["HostConfig"]
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "3"}}
    assert (host["IpcMode"], host["CgroupnsMode"], host["Dns"] or []) == ("shareable", "host", [])
    assert client("info", "-f", "{{json .Labels}}").ok() == '["shelf=top"]'


def test_the_bridge(own: Daemon) -> None:
    client = _started(
        own, "--bip", "10.99.0.1/16", "--fixed-cidr", "10.99.7.0/24", "--mtu", "1400", "--icc=false",
        "--ip", "127.0.0.1", "--userland-proxy=false",
    )  # fmt: skip
    first = client.running("--net", "bridge", "-p", "8080:80", command=("httpd", "-f", "-p", "80"))
    address = client.field(first, "{{.NetworkSettings.Networks.bridge.IPAddress}}")
    assert address.startswith("10.99.7.")
    assert client.field(first, "{{.NetworkSettings.Networks.bridge.Gateway}}") == "10.99.0.1"
    assert client("port", first).ok() == "80/tcp -> 127.0.0.1:8080"
    assert client("exec", first, "cat", "/sys/class/net/eth0/mtu").ok() == "1400"
    script = "nc -w 2 -z $0 80 && echo reached; ping -c 1 -w 2 10.99.0.1 | grep -c 'bytes from'"
    assert client("run", "--rm", client.engine.image, "sh", "-c", script, address).out == "1\n"
    own.sh(f"{sys.executable} -c 'import socket; socket.create_connection((\"{address}\", 80), 2)'")
    assert not [line for line in own.space.processes().values() if "proxy" in line.replace("--userland-proxy", "")]


def test_no_bridge(own: Daemon) -> None:
    client = _started(own, "--bridge", "none")
    assert client("run", "--rm", client.engine.image, "ls", "/sys/class/net").ok() == "lo"
    assert not any(link.startswith(("docker", "hutch", "br")) for link in own.space.links())


def test_a_bridge_of_ones_own_must_be_there(own: Daemon) -> None:
    own.flags = (*own.flags, "--bridge", "mine0")
    with pytest.raises(AssertionError, match="bridge device with non default name mine0 must be created manually"):
        own.start()


def test_a_profile_of_ones_own(own: Daemon) -> None:
    profile = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}],
    }
    path = own.base / "profile.json"
    path.write_text(json.dumps(profile))
    client = _started(own, "--seccomp-profile", str(path))
    words = ("run", "--rm", "--network", "none", client.engine.image, "mkdir", "/x")
    client(*words).fails(1, "Operation not permitted")


def test_the_file_and_conflicts(own: Daemon) -> None:
    path = own.base / "daemon.json"
    path.write_text(json.dumps({"labels": ["a=b"], "log-driver": "local"}))
    own.flags = (f"--config-file={path}",)
    said = _validate(own, f"--config-file={path}", "--label", "c=d")
    assert said[0] == 1 and "labels: (from flag: [c=d], from file: [a=b])" in said[1]
    assert _validate(own, f"--config-file={path}") == (0, "configuration OK\n")
    assert _validate(own, "--config-file=/no/such")[0] == 1
    path.write_text('{"nonsense": 1}')
    assert "nonsense" in _validate(own, f"--config-file={path}")[1]
    path.write_text(json.dumps({"log-driver": "local"}))
    client = _started(own, f"--config-file={path}")
    assert client("info", "-f", "{{.LoggingDriver}}").ok() == "local"


def _validate(own: Daemon, *flags: str) -> tuple[int, str]:
    command = own.space.inside(*own.command(*flags, "--validate"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def test_reload(own: Daemon) -> None:
    path = own.base / "daemon.json"
    path.write_text("{}")
    client = _started(own, f"--config-file={path}")
    assert client.inspect(client.running())["HostConfig"]["LogConfig"]["Type"] == "json-file"
    path.write_text(json.dumps({"labels": ["new=1"], "log-driver": "local", "debug": True, "default-shm-size": "4m"}))
    own.send(signal.SIGHUP)
    assert until(lambda: client("info", "-f", "{{json .Labels}} {{.Debug}}").ok() == '["new=1"] true')
    host = client.inspect(client.running())["HostConfig"]
    assert (host["LogConfig"]["Type"], host["ShmSize"]) == ("local", 4 << 20)
    path.write_text("{broken")
    own.send(signal.SIGHUP)
    assert until(lambda: "could not reload the configuration" in own.log)
    assert client("info", "-f", "{{.LoggingDriver}}").ok() == "local"


def test_stacks(own: Daemon) -> None:
    own.start()
    own.send(signal.SIGUSR1)
    assert until(lambda: list((own.base / "exec").glob("stacks-*.log")))
    (file,) = (own.base / "exec").glob("stacks-*.log")
    assert file.stat().st_mode & 0o777 == 0o600
    assert until(lambda: "service.py" in file.read_text())


@pytest.mark.parametrize("live", [True, False])
def test_the_end_of_the_daemon(own: Daemon, live: bool) -> None:
    client = _started(own, f"--live-restore={str(live).lower()}")
    script = "trap 'exit 3' TERM; while :; do sleep 0.05; done"
    name = client.running("--restart", "unless-stopped", command=("sh", "-c", script))
    plain = client.running(command=("sh", "-c", script))
    pids = [client.field(each, "{{.State.Pid}}") for each in (name, plain)]
    assert own.terminate() == 0
    assert (own.base / "exec" / "containers").is_dir()
    own.start()
    if live:
        assert [client.field(each, "{{.State.Pid}}") for each in (name, plain)] == pids
        return
    assert client.field(plain, "{{.State.Status}} {{.State.ExitCode}}") == "exited 3"
    assert until(lambda: client.field(name, "{{.State.Running}}") == "true")
    assert client.field(name, "{{.State.Pid}}") != pids[0]
