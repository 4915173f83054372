"""``inspect``."""

from __future__ import annotations

from hutch.engine import states
from hutch.engine.inspect import inspect
from hutch.engine.record import Mounted
from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings, NetworkingConfig
from hutch.model.host_config import HostConfig
from hutch.model.network import Attachment
from unit.engine.make import record, running


def shown(value: object) -> dict[str, object]:
    return inspect(value, folder="/d/x", graph={}, execs=[])  # type: ignore[arg-type]


def test_a_new_one() -> None:
    out = inspect(record(), folder="/data/containers/x", graph={"UpperDir": "/u"}, execs=[], apparmor="docker-default")
    assert out["AppArmorProfile"] == "docker-default"
    assert (out["Name"], out["Path"], out["Args"], out["ExecIDs"]) == ("/c1", "sleep", ["100"], None)
    assert out["State"]["Status"] == "created"
    assert out["State"]["StartedAt"] == "0001-01-01T00:00:00Z"
    assert (out["HostsPath"], out["LogPath"]) == ("", "")
    assert out["GraphDriver"]["Data"] == {"UpperDir": "/u"}
    assert out["Config"]["Cmd"] == ["sleep", "100"]
    assert out["HostConfig"]["Dns"] == []
    assert list(out["NetworkSettings"]["Networks"]) == ["bridge"]
    assert "SizeRw" not in out


def test_files_are_there_from_the_first_start_on() -> None:
    for begun in (running(), states.exited(running(), 1, False, 5), states.start_failed(record(), 127, "no")):
        out = inspect(begun, folder="/data/containers/x", graph={}, execs=[])
        assert (out["HostsPath"], out["LogPath"]) == ("/data/containers/x/hosts", begun.log_path)


def test_flags_of_the_states() -> None:
    def flags(value: object) -> list[str]:
        state = shown(value)["State"]
        assert isinstance(state, dict)
        return [name for name in ("Running", "Paused", "Restarting", "Dead", "OOMKilled") if state[name]]

    assert flags(running()) == ["Running"]
    assert flags(states.paused(running())) == ["Running", "Paused"]
    ended = states.exited(running(), 1, True, 5)
    assert flags(ended) == ["OOMKilled"]
    assert flags(states.restarting(ended)) == ["Running", "Restarting", "OOMKilled"]


def test_the_network_while_it_runs() -> None:
    place = Attachment(container="1", name="c1", network="bridge", address="172.17.0.2", prefix=16)
    settings = inspect(running(endpoints=place.to_json()), folder="", graph={}, execs=["e"], sizes=(1, 2))
    assert settings["NetworkSettings"]["IPAddress"] == "172.17.0.2"
    assert (settings["SizeRw"], settings["SizeRootFs"], settings["ExecIDs"]) == (1, 2, ["e"])


def test_the_network_of_one_that_does_not_run_any_more() -> None:
    ended = states.exited(running(), 1, False, 5)
    out = inspect(ended, folder="", graph={}, execs=[], network_id="n" * 64)
    assert out["NetworkSettings"]["Networks"]["bridge"]["NetworkID"] == "n" * 64


def test_mounts_without_those_of_the_tmpfs_flag() -> None:
    host = HostConfig(network_mode="bridge", tmpfs={"/t/": ""})
    points = tuple(Mounted(kind="tmpfs", destination=place) for place in ("/t", "/u"))
    out = inspect(record(host=host, mounts=points), folder="", graph={}, execs=[])
    assert [point["Destination"] for point in out["Mounts"]] == ["/u"]


def test_the_namespace_is_the_containers_own() -> None:
    place = Attachment(container="1", name="c1", network="bridge", address="172.17.0.2", prefix=16)
    one = running(endpoints=place.to_json())
    settings = inspect(one, folder="", graph={}, execs=[])["NetworkSettings"]
    assert one.state.pid and settings["SandboxKey"] == f"/proc/{one.state.pid}/ns/net"


def test_what_was_asked_of_the_network_is_shown_whether_it_runs_or_not() -> None:
    asked = EndpointSettings(driver_opts={"a": "b"}, ipam_config=EndpointIPAMConfig(link_local_ips=["169.254.1.1"]))
    networking = NetworkingConfig(endpoints_config={"bridge": asked})
    place = Attachment(container="1", name="c1", network="bridge", address="172.17.0.2", prefix=16)
    for one in (record(networking=networking), running(networking=networking, endpoints=place.to_json())):
        shown_ = inspect(one, folder="", graph={}, execs=[])["NetworkSettings"]["Networks"]["bridge"]
        assert shown_["DriverOpts"] == {"a": "b"}
        assert shown_["IPAMConfig"] == {"LinkLocalIPs": ["169.254.1.1"]}
