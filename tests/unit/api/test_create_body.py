from __future__ import annotations

from typing import Any

import pytest

from hutch.api.create_body import ENDPOINT_SYSCTLS, adapt
from hutch.model.errors import Invalid, System

MAC, OTHER = "02:42:ac:11:00:99", "02:42:ac:11:00:98"


def on(mode: str, **body: Any) -> dict[str, Any]:
    return {"HostConfig": {"NetworkMode": mode}, **body}


def endpoint(name: str, **settings: Any) -> dict[str, Any]:
    return {"EndpointsConfig": {name: settings}}


def test_what_needs_no_change_is_left_alone() -> None:
    body = {"Image": "x", "NetworkingConfig": endpoint("bridge", MacAddress=MAC), "HostConfig": {"Mounts": []}}
    assert adapt(body, (1, 55)) == (body, [])
    assert adapt({"Image": "x"}, (1, 44)) == ({"Image": "x"}, [])
    for odd in ({"HostConfig": 5}, {"MacAddress": 5}, {"NetworkingConfig": 5}, {"HostConfig": {"Mounts": [5]}}):
        assert adapt(odd, (1, 44)) == (odd, [])  # a wrong type is for the engine to refuse


@pytest.mark.parametrize("mode", ["", "default", "bridge", "mine"])
def test_the_containers_address_becomes_its_networks(mode: str) -> None:
    body, (warning,) = adapt(on(mode, MacAddress=MAC), (1, 51))
    assert warning.startswith("The container-wide MacAddress field is now deprecated.")
    assert body["NetworkingConfig"] == endpoint(mode or "default", MacAddress=MAC)
    assert "MacAddress" not in body


def test_an_address_joins_what_is_asked_of_the_network_already() -> None:
    asked = endpoint("bridge", Aliases=["a"], MacAddress="")
    body, _ = adapt(on("default", MacAddress=MAC, NetworkingConfig=asked), (1, 44))
    assert body["NetworkingConfig"] == endpoint("bridge", Aliases=["a"], MacAddress=MAC)
    assert asked == endpoint("bridge", Aliases=["a"], MacAddress="")  # the caller's stays as it was


@pytest.mark.parametrize("mode", ["none", "host", "container:x"])
def test_an_address_without_an_interface_is_only_warned_of(mode: str) -> None:
    body, warnings = adapt(on(mode, MacAddress=MAC), (1, 44))
    assert (body, len(warnings)) == (on(mode), 1)


def test_two_addresses_must_agree() -> None:
    body = on("bridge", MacAddress=MAC, NetworkingConfig=endpoint("bridge", MacAddress=OTHER))
    with pytest.raises(Invalid, match="must match the endpoint-specific MAC address"):
        adapt(body, (1, 44))


def test_the_newest_versions_know_no_containers_address() -> None:
    assert adapt({"MacAddress": ""}, (1, 52)) == ({"MacAddress": ""}, [])
    with pytest.raises(Invalid, match="container-wide MAC address no longer supported"):
        adapt({"MacAddress": MAC}, (1, 52))


def test_old_versions_know_the_containers_address_alone() -> None:
    body = on("bridge", MacAddress=MAC, NetworkingConfig=endpoint("bridge", MacAddress=OTHER))
    assert adapt(body, (1, 43))[0]["NetworkingConfig"] == endpoint("bridge", MacAddress=MAC)
    ignored, warnings = adapt(on("bridge", NetworkingConfig=endpoint("bridge", MacAddress="x")), (1, 43))
    assert (ignored["NetworkingConfig"], warnings) == (endpoint("bridge", MacAddress=""), [])
    with pytest.raises(Invalid, match="conflicting options: mac-address and the network mode"):
        adapt(on("none", MacAddress=MAC), (1, 43))


def test_parameters_of_eth0_become_the_networks() -> None:
    host = {"Sysctls": {"net.ipv4.conf.eth0.forwarding": "1", "net.ipv4.ip_forward": "1"}}
    given = endpoint("bridge", DriverOpts={ENDPOINT_SYSCTLS: "a", "b": "c"})
    body, warnings = adapt({"HostConfig": host, "NetworkingConfig": given}, (1, 47))
    moved = "net.ipv4.conf.IFNAME.forwarding=1"
    assert body["HostConfig"]["Sysctls"] == {"net.ipv4.ip_forward": "1"}
    assert body["NetworkingConfig"] == endpoint("bridge", DriverOpts={ENDPOINT_SYSCTLS: f"{moved},a", "b": "c"})
    assert warnings == [
        f'Migrated sysctl "net.ipv4.conf.eth0.forwarding" to DriverOpts{{"{ENDPOINT_SYSCTLS}":"{moved}"}}.'
    ]


def test_parameters_of_an_interface_that_cannot_be_moved() -> None:
    with pytest.raises(System, match="must be supplied using driver option"):
        adapt({"HostConfig": {"Sysctls": {"net.ipv4.conf.eth0.forwarding": "1"}}}, (1, 48))
    with pytest.raises(System, match=r"unable to determine network endpoint for sysctl net\.ipv4\.conf\.eth1\."):
        adapt({"HostConfig": {"Sysctls": {"net.ipv4.conf.eth1.forwarding": "1"}}}, (1, 47))
    for body in (on("host"), on("container:x"), {"HostConfig": {"Sysctls": {"net.ipv4.conf.all.forwarding": "1"}}}):
        assert adapt(body, (1, 55)) == (body, [])


def test_a_volume_driver_that_is_not_used_is_warned_of() -> None:
    mount = {"Type": "volume", "Target": "/x"}
    body = {"HostConfig": {"VolumeDriver": "local", "Mounts": [{"Type": "bind"}, mount]}}
    assert adapt(body, (1, 48))[1][0].startswith("WARNING: the container-wide volume-driver configuration is ignored")
    assert adapt(body, (1, 47))[1] == []
    body["HostConfig"]["Mounts"][1] = {**mount, "VolumeOptions": {"DriverConfig": {"Name": "local"}}}  # type: ignore[index]
    assert adapt(body, (1, 48))[1] == []


@pytest.mark.parametrize(
    ("mount", "before", "message"),
    [
        ({"Type": "bind", "BindOptions": {"ReadOnlyForceRecursive": True}}, (1, 44),
         "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer"),
        ({"Type": "volume", "VolumeOptions": {"Subpath": "a"}}, (1, 45),
         "VolumeOptions.Subpath needs API v1.45 or newer"),
        ({"Type": "image"}, (1, 48), 'Mount type "Image" needs API v1.48 or newer'),
    ],
)  # fmt: skip
def test_what_a_mount_could_not_say_yet(mount: Any, before: tuple[int, int], message: str) -> None:
    body = {"HostConfig": {"Mounts": [mount]}}
    assert adapt(body, before) == (body, [])
    with pytest.raises(Invalid) as refused:
        adapt(body, (before[0], before[1] - 1))
    assert refused.value.message == message


def test_options_of_another_kind_of_mount_were_ignored_once() -> None:
    for kind, field in (("bind", "VolumeOptions"), ("volume", "TmpfsOptions"), ("tmpfs", "BindOptions")):
        body = {"HostConfig": {"Mounts": [{"Type": kind, field: {}}]}}
        with pytest.raises(Invalid, match=f'^{field} must not be specified on mount type "{kind}"$'):
            adapt(body, (1, 42))
    body = {"HostConfig": {"Mounts": [{"Type": "bind", "TmpfsOptions": {}, "BindOptions": {"CreateMountpoint": True}}]}}
    assert adapt(body, (1, 41))[0]["HostConfig"]["Mounts"] == [{"Type": "bind", "BindOptions": {}}]


def test_several_networks_came_late() -> None:
    body = {"NetworkingConfig": {"EndpointsConfig": {"a": {}, "b": {}}}}
    assert adapt(body, (1, 44)) == (body, [])
    with pytest.raises(Invalid, match=r"^Container cannot be created with multiple network endpoints: a, b$"):
        adapt(body, (1, 43))


def test_warnings_follow_those_of_the_engine(call: Any) -> None:
    made = call("POST /v1.50/containers/create?name=a", {"Image": "x", "MacAddress": MAC})
    assert (made.status, made.json["Id"], len(made.json["Warnings"])) == (201, "a", 1)
    assert call("POST /containers/create", {"Image": "x", "MacAddress": MAC}).status == 400
