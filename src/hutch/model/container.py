"""What a container is asked to be: the body of ``POST /containers/create`` (Engine API 1.55, ContainerConfig).

Decode with :func:`hutch.model.wire.decode`, encode for ``inspect`` with :func:`hutch.model.wire.encode`. A list or
map that the client did not send is None and is shown as null, as Docker does.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings, NetworkingConfig
from hutch.model.errors import Invalid
from hutch.model.host_config import (
    DeviceMapping,
    DeviceRequest,
    HostConfig,
    LogConfig,
    PortBinding,
    RestartPolicy,
    ThrottleDevice,
    Ulimit,
    WeightDevice,
)
from hutch.model.mount_request import BindOptions, MountPoint, MountRequest, TmpfsOptions, VolumeOptions
from hutch.model.wire import StrSlice, decode, encode

__all__ = [
    "BindOptions",
    "Config",
    "CreateBody",
    "DeviceMapping",
    "DeviceRequest",
    "EndpointIPAMConfig",
    "EndpointSettings",
    "HealthConfig",
    "HostConfig",
    "LogConfig",
    "MountPoint",
    "MountRequest",
    "NetworkingConfig",
    "PortBinding",
    "RestartPolicy",
    "ThrottleDevice",
    "TmpfsOptions",
    "Ulimit",
    "VolumeOptions",
    "WeightDevice",
    "create_body",
    "encode",
]


class HealthConfig(msgspec.Struct, rename="pascal"):
    """How to test that the container works; times in ns, 0 = inherit."""

    omitempty: ClassVar[frozenset[str]] = frozenset(
        {"test", "interval", "timeout", "start_period", "start_interval", "retries"}
    )
    test: list[str] | None = None
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


class Config(msgspec.Struct, rename="pascal"):
    """The part of a container's configuration that does not depend on the host."""

    omitempty: ClassVar[frozenset[str]] = frozenset(
        {"exposed_ports", "healthcheck", "args_escaped", "network_disabled", "mac_address", "stop_signal"}
        | {"stop_timeout", "shell"}
    )
    hostname: str = ""
    domainname: str = ""
    user: str = ""
    attach_stdin: bool = False
    attach_stdout: bool = False
    attach_stderr: bool = False
    exposed_ports: dict[str, Any] | None = None
    tty: bool = False
    open_stdin: bool = False
    stdin_once: bool = False
    env: list[str] | None = None
    cmd: StrSlice = None
    healthcheck: HealthConfig | None = None
    args_escaped: bool = False
    image: str = ""
    volumes: dict[str, Any] | None = None
    working_dir: str = ""
    entrypoint: StrSlice = None
    network_disabled: bool = False
    mac_address: str = ""
    on_build: list[str] | None = None
    labels: dict[str, str] | None = None
    stop_signal: str = ""
    stop_timeout: int | None = None
    shell: StrSlice = None


class CreateBody(msgspec.Struct):
    """The three parts of a create request."""

    config: Config
    host: HostConfig
    networking: NetworkingConfig


def create_body(body: object) -> CreateBody:
    """The parts of a decoded create body. Raises Invalid for wrong types and for a body without a config."""
    if body is None:
        raise Invalid("config cannot be empty in order to create a container")
    if not isinstance(body, dict):
        kind = {list: "array", str: "string", bool: "bool"}.get(type(body), "number")
        message = f"invalid JSON: json: cannot unmarshal {kind} into Go value of type runconfig.ContainerConfigWrapper"
        raise Invalid(message)
    config = decode(Config, body, path="ContainerConfigWrapper.Config")
    parts = {key.lower(): value for key, value in body.items() if value is not None}
    host = decode(HostConfig, parts.get("hostconfig", {}), path="HostConfig.HostConfig")
    networking = decode(NetworkingConfig, parts.get("networkingconfig", {}), path="NetworkingConfig.NetworkingConfig")
    return CreateBody(config, host, networking)
