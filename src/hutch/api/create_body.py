"""A container's create body of any API version in the words of the newest, and what dockerd warns of on the way.

What ``versions.fit_create`` drops is not here; this is about what has moved: the MAC address and the parameters of an
interface from the container to its network, and what a mount may say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hutch.api import versions
from hutch.api.versions import Version
from hutch.model.errors import Invalid, System

Json = dict[str, Any]

ENDPOINT_SYSCTLS = "com.docker.network.endpoint.sysctls"
_MAC_MOVED: Version = (1, 44)
_MAC_GONE: Version = (1, 52)
_SYSCTLS_MOVED: Version = (1, 48)
_MOUNT_OPTIONS: Version = (1, 42)
_FORCE_RECURSIVE: Version = (1, 44)
_NETWORKS: Version = (1, 44)
_SUBPATH: Version = (1, 45)
_IMAGE_MOUNTS: Version = (1, 48)
_VOLUME_DRIVER_WARNING: Version = (1, 48)
_BRIDGE = ("default", "bridge")
_MAC_DEPRECATED = (
    "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."
)
_MAC_MISMATCH = (
    "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty"
)
_MAC_UNKNOWN = "container-wide MAC address no longer supported; use endpoint-specific MAC address instead"
_DRIVER_IGNORED = (
    "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. "
    "Use '--mount type=volume,volume-driver=...' instead"
)


def adapt(body: Mapping[str, Any], version: Version) -> tuple[Json, list[str]]:
    """The body, and warnings. Raises Invalid, System for what ``version`` must not ask for; wrong types are kept."""
    fitted = versions.fit_create(body, version)
    if not isinstance(fitted.get("HostConfig"), Mapping | None):
        return fitted, []
    host = dict(fitted.get("HostConfig") or {})
    endpoints = _Endpoints(fitted, host)
    if version < _NETWORKS and len(endpoints.all) > 1:
        names = ", ".join(endpoints.all)
        raise Invalid(f"Container cannot be created with multiple network endpoints: {names}")
    host_mounts = host.get("Mounts")
    if isinstance(host_mounts, list):
        host["Mounts"] = [_mount(one, version) if isinstance(one, Mapping) else one for one in host_mounts]
    warnings = [
        *_volume_driver(host, version),
        *_hardware_address(fitted, endpoints, version),
        *_sysctls(host, endpoints, version),
    ]
    if host or "HostConfig" in fitted:
        fitted["HostConfig"] = host
    return fitted, warnings


class _Endpoints:
    """The endpoint settings of a body; changed ones are copies in a copy."""

    def __init__(self, body: Json, host: Json) -> None:
        self._body = body
        networking = body.get("NetworkingConfig")
        self._networking = dict(networking) if isinstance(networking, Mapping) else {}
        found = self._networking.get("EndpointsConfig")
        self.all: Json = dict(found) if isinstance(found, Mapping) else {}
        self.mode = str(host.get("NetworkMode") or "default")

    @property
    def has_interface(self) -> bool:
        """Whether the container is on the bridge or a network of the user's own."""
        return self.mode not in ("host", "none") and not self.mode.startswith("container:")

    def main(self) -> Json:
        """The settings for the network that the mode names, to be changed."""
        names = _BRIDGE if self.mode in _BRIDGE else (self.mode,)
        name = next((one for one in names if isinstance(self.all.get(one), Mapping)), self.mode)
        made = dict(self.all.get(name) or {})
        self.put({**self.all, name: made})
        return made

    def put(self, endpoints: Json) -> None:
        """Replace them all."""
        self.all = endpoints
        self._body["NetworkingConfig"] = {**self._networking, "EndpointsConfig": endpoints}


def _hardware_address(body: Json, endpoints: _Endpoints, version: Version) -> list[str]:
    wanted = body.get("MacAddress") or ""
    if not isinstance(wanted, str):
        return []
    if version < _MAC_MOVED:
        return _old_hardware_address(wanted, body, endpoints)
    if not wanted:
        return []
    if version >= _MAC_GONE:
        raise Invalid(_MAC_UNKNOWN)
    if endpoints.has_interface:
        main = endpoints.main()
        if main.get("MacAddress") not in (None, "", wanted):
            raise Invalid(_MAC_MISMATCH)
        main["MacAddress"] = wanted
    del body["MacAddress"]
    return [_MAC_DEPRECATED]


def _old_hardware_address(wanted: str, body: Json, endpoints: _Endpoints) -> list[str]:
    """Of a version that knew the container's alone: that of an endpoint is ignored."""
    body.pop("MacAddress", None)
    if wanted and not endpoints.has_interface:
        raise Invalid("conflicting options: mac-address and the network mode")
    if any(isinstance(one, Mapping) and one.get("MacAddress") for one in endpoints.all.values()):
        endpoints.put({name: _without_address(one) for name, one in endpoints.all.items()})
    if wanted:
        endpoints.main()["MacAddress"] = wanted
    return []


def _without_address(settings: Any) -> Any:
    return {**settings, "MacAddress": ""} if isinstance(settings, Mapping) else settings


def _sysctls(host: Json, endpoints: _Endpoints, version: Version) -> list[str]:
    """Parameters of ``eth0`` become options of its network, as the interface is not there when sysctls are set."""
    asked = host.get("Sysctls")
    if not isinstance(asked, Mapping) or endpoints.mode == "host" or endpoints.mode.startswith("container:"):
        return []
    moved = {name: value for name, value in asked.items() if _of_interface(name)}
    if not moved:
        return []
    for name in moved:
        if version >= _SYSCTLS_MOVED:
            option = f"must be supplied using driver option '{ENDPOINT_SYSCTLS}'"
            raise System(f'interface specific sysctl setting "{name}" {option}')
        if name.split(".")[3] != "eth0":
            raise System(
                f"unable to determine network endpoint for sysctl {name}, use driver option '{ENDPOINT_SYSCTLS}' "
                "to set per-interface sysctls"
            )
    option = ",".join(f"{name.replace('.eth0.', '.IFNAME.', 1)}={value}" for name, value in moved.items())
    main = endpoints.main()
    options = dict(main.get("DriverOpts") or {})
    given = options.get(ENDPOINT_SYSCTLS)
    options[ENDPOINT_SYSCTLS] = f"{option},{given}" if given else option  # what is asked of the network itself wins
    main["DriverOpts"] = options
    host["Sysctls"] = {name: value for name, value in asked.items() if name not in moved}
    return [f'Migrated sysctl "{",".join(moved)}" to DriverOpts{{"{ENDPOINT_SYSCTLS}":"{option}"}}.']


def _of_interface(name: str) -> bool:
    parts = name.split(".", 4)
    return len(parts) == 5 and parts[0] == "net" and parts[3].startswith("eth")


def _volume_driver(host: Json, version: Version) -> list[str]:
    if version < _VOLUME_DRIVER_WARNING or not host.get("VolumeDriver") or not isinstance(host.get("Mounts"), list):
        return []
    for mount in host["Mounts"]:
        if not isinstance(mount, Mapping) or mount.get("Type") != "volume":
            continue
        options = mount.get("VolumeOptions")
        driver = options.get("DriverConfig") if isinstance(options, Mapping) else None
        if not (isinstance(driver, Mapping) and driver.get("Name")):
            return [_DRIVER_IGNORED]
    return []


def _mount(asked: Mapping[str, Any], version: Version) -> Json:
    """One of ``Mounts``, without what ``version`` did not know. Raises Invalid."""
    mount, kind = dict(asked), asked.get("Type")
    for owner in ("volume", "bind", "tmpfs"):
        field = f"{owner.capitalize()}Options"
        if mount.get(field) is None or kind == owner:
            continue
        if version >= _MOUNT_OPTIONS:
            raise Invalid(f'{field} must not be specified on mount type "{kind}"')
        if owner != "bind":
            del mount[field]
    bind, volume = mount.get("BindOptions"), mount.get("VolumeOptions")
    if version < _MOUNT_OPTIONS and isinstance(bind, Mapping) and "CreateMountpoint" in bind:
        mount["BindOptions"] = {key: value for key, value in bind.items() if key != "CreateMountpoint"}
    if version < _FORCE_RECURSIVE and isinstance(bind, Mapping) and bind.get("ReadOnlyForceRecursive"):
        raise Invalid("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer")
    if version < _SUBPATH and isinstance(volume, Mapping) and volume.get("Subpath"):
        raise Invalid("VolumeOptions.Subpath needs API v1.45 or newer")
    if version < _IMAGE_MOUNTS and kind == "image":
        raise Invalid('Mount type "Image" needs API v1.48 or newer')
    return mount
