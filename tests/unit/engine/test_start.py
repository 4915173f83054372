"""What a start asks of the network."""

from __future__ import annotations

from hutch.engine.start import wanted
from hutch.model.container import Config
from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings, NetworkingConfig
from hutch.model.host_config import HostConfig, PortBinding
from unit.engine.make import record


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
