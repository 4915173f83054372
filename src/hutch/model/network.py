"""What the engine and the network room tell each other about a container's place in the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a container wants of the network, out of its Config and HostConfig."""

    container: str
    """The full id."""
    name: str
    """Without slash; for error texts and ``network inspect``."""
    mode: str = "default"
    """HostConfig.NetworkMode: default, bridge, none, host, container:X."""
    bindings: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """HostConfig.PortBindings."""
    exposed: Sequence[str] = ()
    """The keys of Config.ExposedPorts, the image's included."""
    publish_all: bool = False
    """HostConfig.PublishAllPorts."""
    mac: str = ""
    """Config.MacAddress or that of the endpoint settings; "" for one that follows from the address."""
    address: str = ""
    """EndpointSettings.IPAMConfig.IPv4Address; "" for any free one."""
    link_local: Sequence[str] = ()
    """EndpointSettings.IPAMConfig.LinkLocalIPs."""
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    """EndpointSettings.DriverOpts."""
    ipv6: bool = False
    """The user asked for IPv6 on the interface by a net.ipv6.conf sysctl: leave it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A container's place in its network, as recorded in ``network.db`` and shown by inspect."""

    container: str
    name: str
    network: str
    """bridge, host, none; "" for the network of another container."""
    network_id: str = ""
    endpoint: str = ""
    sandbox: str = ""
    address: str = ""
    prefix: int = 0
    gateway: str = ""
    mac: str = ""
    link: str = ""
    """The host's end of the veth pair."""
    interface: str = "eth0"
    """The container's end of it."""
    link_local: Sequence[str] = field(default_factory=list)
    """Further addresses of the interface, of 169.254.0.0/16."""
    sysctls: Sequence[Sequence[str]] = field(default_factory=list)
    """Parameters of the interface: (path, value)."""
    ports: Mapping[str, Sequence[Mapping[str, str]] | None] = field(default_factory=dict)
    """As bound: {"80/tcp": [{"HostIp", "HostPort"}], "81/tcp": None (exposed only)}."""

    def to_json(self) -> Json:
        """As plain data, for the record."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Json) -> Attachment:
        """Back from the record; fields this version does not know are left out."""
        return cls(**{k: v for k, v in value.items() if k in cls.__dataclass_fields__})

    def settings(self, sandbox_key: str = "") -> Json:
        """The NetworkSettings of ``GET /containers/{id}/json`` (Engine API, ContainerInspectResponse).

        ``sandbox_key`` is a path of the network namespace.
        """
        top = {
            "Bridge": "",
            "SandboxID": self.sandbox,
            "SandboxKey": sandbox_key,
            "Ports": {k: None if v is None else [dict(b) for b in v] for k, v in sorted(self.ports.items())},
            "HairpinMode": False,
            "LinkLocalIPv6Address": "",
            "LinkLocalIPv6PrefixLen": 0,
            "SecondaryIPAddresses": None,
            "SecondaryIPv6Addresses": None,
            "EndpointID": self.endpoint if self.address else "",
            "Gateway": self.gateway,
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "IPAddress": self.address,
            "IPPrefixLen": self.prefix,
            "IPv6Gateway": "",
            "MacAddress": self.mac,
        }
        return {**top, "Networks": {self.network: self.endpoint_settings()} if self.network else {}}

    def endpoint_settings(self) -> Json:
        """The EndpointSettings of this attachment (Engine API)."""
        return {
            "IPAMConfig": None,
            "Links": None,
            "Aliases": None,
            "MacAddress": self.mac,
            "DriverOpts": None,
            "GwPriority": 0,
            "NetworkID": self.network_id,
            "EndpointID": self.endpoint,
            "Gateway": self.gateway,
            "IPAddress": self.address,
            "IPPrefixLen": self.prefix,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "DNSNames": None,
        }

    def summary(self) -> list[Json]:
        """The ``Ports`` of ``GET /containers/json``."""
        result: list[Json] = []
        for key, bound in sorted(self.ports.items(), key=lambda item: (int(item[0].partition("/")[0]), item[0])):
            number, _slash, protocol = key.partition("/")
            for one in bound or ():
                entry = {"IP": one["HostIp"], "PrivatePort": int(number), "PublicPort": int(one["HostPort"])}
                result.append({**entry, "Type": protocol})
            if not bound:
                result.append({"PrivatePort": int(number), "Type": protocol})
        return result


def detached_settings(network: str) -> Json:
    """NetworkSettings of a container that is not running: ``network`` is bridge, host, none or ""."""
    return Attachment(container="", name="", network=network).settings()
