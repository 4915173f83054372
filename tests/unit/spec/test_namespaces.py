import pytest

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig
from hutch.spec import namespaces


def spaces(joined=None, *, user=False, version=2, time=False, **host):
    return namespaces.effective(
        HostConfig(**host), joined or {}, user_namespace=user, cgroup_version=version, time_namespaces=time
    )


def kinds(found):
    return [n["type"] for n in found]


def test_new_by_default():
    assert kinds(spaces()) == ["mount", "network", "uts", "pid", "ipc", "cgroup"]
    assert kinds(spaces(version=1)) == ["mount", "network", "uts", "pid", "ipc"]
    assert kinds(spaces(user=True, time=True))[-2:] == ["user", "time"]


def test_host_modes_leave_them_out():
    found = spaces(network_mode="host", uts_mode="host", pid_mode="host", ipc_mode="host", cgroupns_mode="host")
    assert kinds(found) == ["mount"]


def test_joined():
    found = spaces({"pid": "/proc/7/ns/pid", "user": "/proc/7/ns/user"}, pid_mode="container:x", user=True)
    assert {"type": "pid", "path": "/proc/7/ns/pid"} in found and {"type": "user", "path": "/proc/7/ns/user"} in found
    assert "pid" not in namespaces.private(found) and "network" in namespaces.private(found)


def test_a_container_that_is_not_running_cannot_be_joined():
    with pytest.raises(Invalid, match="container:x"):
        spaces(ipc_mode="container:x")


def test_cgroup_namespace():
    assert namespaces.cgroup_mode(HostConfig(privileged=True), 2) == "host"
    assert namespaces.cgroup_mode(HostConfig(cgroupns_mode="private"), 1) == "private"
