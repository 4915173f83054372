import pytest

from hutch.model.container import HostConfig, LogConfig, RestartPolicy
from hutch.model.errors import Invalid
from hutch.spec.adapt import adapt
from hutch.spec.machine import ABILITIES, Machine


def test_what_inspect_shows_of_an_empty_request():
    host = HostConfig()
    adapt(host, Machine(cgroup_version=1), runtime="r", log_options={"max-size": "1m"})
    assert (host.network_mode, host.ipc_mode, host.shm_size, host.runtime) == ("bridge", "private", 64 << 20, "r")
    assert host.restart_policy == RestartPolicy("no") and host.cgroupns_mode == "host"
    assert host.log_config == LogConfig("json-file", {"max-size": "1m"})
    assert host.oom_kill_disable is False and "/proc/kcore" in host.masked_paths


def test_what_was_asked_stays():
    host = HostConfig(
        network_mode="none", ipc_mode="host", shm_size=5, memory=9, memory_swap=-1, pids_limit=-1, masked_paths=[],
        log_config=LogConfig("none"), oom_kill_disable=None,
    )  # fmt: skip
    adapt(host, Machine(abilities=ABILITIES - {"oom-kill-disable"}))
    assert (host.network_mode, host.ipc_mode, host.shm_size, host.memory_swap) == ("none", "host", 5, -1)
    assert host.pids_limit is None and host.masked_paths == [] and host.oom_kill_disable is None
    assert host.log_config == LogConfig("none", {}) and host.cgroupns_mode == "private"


def test_swap_and_privilege():
    host = HostConfig(memory=9, privileged=True)
    adapt(host, Machine())
    assert host.memory_swap == 18 and host.masked_paths is None


def test_capabilities_get_their_full_names_or_are_refused():
    host = HostConfig(cap_add=["net_admin", "ALL"], cap_drop=[])
    adapt(host, Machine())
    assert host.cap_add == ["CAP_NET_ADMIN", "ALL"] and host.cap_drop == []
    with pytest.raises(Invalid, match="unknown capability"):
        adapt(HostConfig(cap_add=["x"]), Machine())


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        (LogConfig("", {"max-file": "3"}), LogConfig("json-file", {"max-size": "1m", "max-file": "3"})),
        (LogConfig("json-file", {"max-size": "2m"}), LogConfig("json-file", {"max-size": "2m"})),
        (LogConfig("local", {"max-file": "3"}), LogConfig("local", {"max-file": "3"})),
    ],
)
def test_log_options_join_those_of_the_default_driver(asked: LogConfig, result: LogConfig) -> None:
    host = HostConfig(log_config=asked)
    adapt(host, Machine(cgroup_version=1), runtime="r", log_options={"max-size": "1m"})
    assert host.log_config == result


@pytest.mark.parametrize("asked", [{"privileged": True}, {"pid_mode": "host"}, {"ipc_mode": "host"}])
def test_labels_are_off_where_there_is_nothing_left_to_keep_apart(asked):
    host = HostConfig(security_opt=["no-new-privileges"], **asked)
    adapt(host, Machine())
    assert host.security_opt == ["no-new-privileges", "label=disable"]
    host = HostConfig(security_opt=["label:type:x"], **asked)
    adapt(host, Machine())
    assert host.security_opt == ["label:type:x"]


def test_minus_one_is_no_swappiness():
    host = HostConfig(memory_swappiness=-1)
    adapt(host, Machine())
    assert host.memory_swappiness is None and host.security_opt is None
