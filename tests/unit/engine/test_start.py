"""What a start asks of the network, and how its failures are worded."""

from __future__ import annotations

import pytest

from hutch.engine.start import failure, wanted
from hutch.model.container import Config
from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings, NetworkingConfig
from hutch.model.errors import Invalid, StartFailed
from hutch.model.host_config import HostConfig, PortBinding
from unit.engine.make import record

PREFIX = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: "
)


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        ({"exit_code": 127, "message": 'exec: "nope": executable file not found in $PATH'}, Invalid,
         PREFIX + 'exec: "nope": executable file not found in $PATH: unknown'),
        ({"exit_code": 126, "message": 'exec: "/etc": is a directory'}, Invalid,
         PREFIX + 'exec: "/etc": is a directory: unknown: permission denied'),
        ({"exit_code": 126, "message": 'exec: "/x": permission denied'}, Invalid,
         PREFIX + 'exec: "/x": permission denied: unknown'),
        ({"exit_code": 125, "message": "no cgroup"}, StartFailed, PREFIX + "no cgroup: unknown"),
    ],
)  # fmt: skip
def test_failures(event: dict[str, object], kind: type[Exception], text: str) -> None:
    error = failure(event)
    assert isinstance(error, kind)
    assert str(error) == text


def test_what_the_network_is_asked_for() -> None:
    asked = wanted(
        record(
            host=HostConfig(
                network_mode="bridge",
                port_bindings={"80/tcp": [PortBinding(host_ip="127.0.0.1", host_port="8080")]},
                sysctls={"net.ipv6.conf.all.disable_ipv6": "0"},
            ),
            config=Config(image="x", exposed_ports={"81/tcp": {}}),
            networking=NetworkingConfig(
                {"bridge": EndpointSettings(ipam_config=EndpointIPAMConfig(ipv4_address="172.17.0.9"), mac_address="m")}
            ),
        )
    )
    assert asked.bindings == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}
    assert (asked.exposed, asked.address, asked.mac, asked.ipv6) == (["81/tcp"], "172.17.0.9", "m", True)


def test_a_name_that_is_not_there_is_told_without_the_runtimes_words() -> None:
    error = failure({"event": "failed", "exit_code": 125, "message": "unable to find user who: no matching entries"})
    assert str(error) == "unable to find user who: no matching entries"


def test_another_runtimes_spelling_is_what_clients_look_for() -> None:
    error = failure({"event": "failed", "exit_code": 127, "message": "file `x` not found: No such file or directory"})
    assert "no such file or directory" in str(error)
