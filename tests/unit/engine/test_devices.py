"""Device nodes of this machine."""

from __future__ import annotations

import pytest

from hutch.engine import devices
from hutch.model.errors import System
from hutch.model.host_config import DeviceMapping, HostConfig, ThrottleDevice


def mapping(path: str, target: str, access: str = "rw") -> HostConfig:
    return HostConfig(devices=[DeviceMapping(path_on_host=path, path_in_container=target, cgroup_permissions=access)])


def test_a_node_under_another_name() -> None:
    (device,) = devices.wanted(mapping("/dev/null", "/dev/nothing"))
    assert (device.path, device.kind, device.major, device.minor, device.access) == ("/dev/nothing", "c", 1, 3, "rw")


def test_one_that_is_not_there() -> None:
    with pytest.raises(System, match='custom device "/etc/passwd": not a device node'):
        devices.wanted(mapping("/etc/passwd", "/dev/x"))
    with pytest.raises(System, match='custom device "/dev/none": no such file or directory'):
        devices.wanted(mapping("/dev/none", "/dev/none"))
    with pytest.raises(System, match="/dev/none"):
        devices.numbers(HostConfig(blkio_device_read_bps=[ThrottleDevice(path="/dev/none", rate=1)]))


def test_privileged_gets_the_hosts_nodes_but_not_its_terminals() -> None:
    paths = {device.path for device in devices.wanted(HostConfig(privileged=True))}
    assert "/dev/null" in paths
    assert not any(path.startswith(("/dev/pts/", "/dev/shm/", "/dev/mqueue/")) for path in paths)
    assert devices.wanted(HostConfig()) == []
