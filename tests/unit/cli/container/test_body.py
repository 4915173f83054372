"""The create request."""

from __future__ import annotations

from typing import Any

import pytest

from hutch.cli.container.body import create_body
from hutch.cli.container.options import FLAGS
from hutch.cli.errors import CommandError, OptionError
from hutch.cli.flags import parse


def body(*words: str) -> Any:
    flags, rest = parse(FLAGS, list(words), interspersed=False)
    return create_body(flags, rest[0], rest[1:])


def test_limits_and_lists() -> None:
    host = body("-m", "64m", "--cpus", "0.5", "--cap-add", "SYS_TIME", "--pids-limit=-1", "--init", "x")["HostConfig"]
    assert host["Memory"] == 64 << 20 and host["NanoCpus"] == 500_000_000
    assert (host["CapAdd"], host["PidsLimit"], host["Init"]) == (["SYS_TIME"], -1, True)


def test_ports_network_and_mounts() -> None:
    made = body(
        "-p", "8080:80", "--network", "n", "--ip", "10.0.0.5", "-v", "/a:/b:ro", "-v", "/anon", "--tmpfs", "/t", "x"
    )
    assert made["ExposedPorts"] == {"80/tcp": {}}
    assert made["HostConfig"]["NetworkMode"] == "n"
    assert made["NetworkingConfig"]["EndpointsConfig"] == {"n": {"IPAMConfig": {"IPv4Address": "10.0.0.5"}}}
    assert (made["HostConfig"]["Binds"], made["Volumes"]) == (["/a:/b:ro"], {"/anon": {}})


def test_streams() -> None:
    made = body("-i", "x", "ls")
    assert (made["AttachStdin"], made["StdinOnce"], made["Cmd"]) == (True, True, ["ls"])
    assert body("-a", "stderr", "x")["AttachStdout"] is False
    assert body("-a", "stderr", "-i", "x")["AttachStdin"] is True


def test_what_does_not_fit_together() -> None:
    with pytest.raises(OptionError, match="cannot specify both --restart and --rm"):
        body("--rm", "--restart=always", "x")


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--pid=x", "--pid: invalid PID mode"),
        ("--pid=container:", "--pid: invalid PID mode"),
        ("--uts=container:x", "--uts: invalid UTS mode"),
        ("--userns=x", "--userns: invalid USER mode"),
        ("--cgroupns=x", "--cgroupns: invalid CGROUP mode"),
    ],
)
def test_modes_of_namespaces(flag: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        body(flag, "x")
    assert caught.value.message == message


def test_kinds_of_devices_are_asked_for_as_such() -> None:
    host = body("--device", "vendor.com/class=one", "--device", "/dev/null:r", "x")["HostConfig"]
    assert host["DeviceRequests"] == [{"Driver": "cdi", "DeviceIDs": ["vendor.com/class=one"]}]
    assert [device["PathOnHost"] for device in host["Devices"]] == ["/dev/null"]


def test_values_are_checked() -> None:
    host = body("--add-host", "a=::1", "--dns", "1.1.1.1", "--dns-search", "a.b.", "--link", "c:d", "x")["HostConfig"]
    assert (host["ExtraHosts"], host["Dns"]) == (["a:::1"], ["1.1.1.1"])
    assert (host["DnsSearch"], host["Links"]) == (["a.b"], ["c:d"])


def test_of_several_limits_of_one_kind_the_last_counts() -> None:
    host = body("--ulimit", "nproc=5", "--ulimit", "core=1", "--ulimit", "nproc=7:9", "x")["HostConfig"]
    assert host["Ulimits"] == [{"Name": "core", "Soft": 1, "Hard": 1}, {"Name": "nproc", "Soft": 7, "Hard": 9}]


def test_a_storage_option_has_a_value() -> None:
    assert body("--storage-opt", "size=", "x")["HostConfig"]["StorageOpt"] == {"size": ""}
    with pytest.raises(OptionError, match="invalid storage option"):
        body("--storage-opt", "size", "x")


def test_streams_are_not_attached_in_the_background() -> None:
    flags, rest = parse(FLAGS, ["-a", "stdout", "x"], interspersed=False)
    with pytest.raises(CommandError, match="cannot specify both --attach and --detach") as caught:
        create_body(flags, rest[0], rest[1:], detached=True)
    assert caught.value.code == 1 and not isinstance(caught.value, OptionError)


def test_a_hardware_address_is_the_networks() -> None:
    made = body("--mac-address", "02:42:ac:11:00:09", "x")
    assert "MacAddress" not in made
    assert made["NetworkingConfig"]["EndpointsConfig"]["default"]["MacAddress"] == "02:42:ac:11:00:09"
