"""Engine API versions: what is served, what a client's version means, and what an older client must not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hutch.model.errors import Invalid

Version = tuple[int, int]

NEWEST: Version = (1, 55)
OLDEST: Version = (1, 24)

HEADERS_BEFORE_WAIT: Version = (1, 30)
STOP_SIGNAL: Version = (1, 42)
MULTIPLEXED_TYPE: Version = (1, 42)
CONSOLE_SIZE: Version = (1, 42)
ANNOTATIONS: Version = (1, 43)
PLATFORM_OF_CONTAINER: Version = (1, 41)
PLATFORM_OF_IMAGE: Version = (1, 32)
ANONYMOUS_PRUNE: Version = (1, 42)
CLUSTER_VOLUMES: Version = (1, 42)
ONE_SHOT: Version = (1, 41)
NO_VIRTUAL_SIZE: Version = (1, 44)
IMAGE_CREATE_EVENTS: Version = (1, 46)
NO_CONTAINER_FIELDS: Version = (1, 50)
JSON_LINES: Version = (1, 52)
NO_OLD_EVENT_FIELDS: Version = (1, 52)
PRIVATE_IPC: Version = (1, 40)
CGROUP_NAMESPACE: Version = (1, 41)
HEALTH_START_INTERVAL: Version = (1, 44)

_OF_VERSION = frozenset("0123456789.")

_OF_CONTAINERS = frozenset(
    ("Hostname", "Domainname", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce", "Image",
     "NetworkDisabled", "MacAddress")
)  # fmt: skip
"""What the config of an image had only because it was that of a container."""

# Top-level fields of answers, and the version that brought them.
_SINCE: Mapping[str, Mapping[str, Version]] = {
    "container": {"ImageManifestDescriptor": (1, 48), "Storage": (1, 52)},
    "container-row": {"ImageManifestDescriptor": (1, 48), "Health": (1, 52)},
    "image": {"Descriptor": (1, 48), "Manifests": (1, 48), "Identity": (1, 53)},
    "image-row": {"Descriptor": (1, 48), "Manifests": (1, 47), "Identity": (1, 53)},
    "info": {
        "CDISpecDirs": (1, 44),
        "Containerd": (1, 46),
        "FirewallBackend": (1, 49),
        "DiscoveredDevices": (1, 50),
        "NRI": (1, 53),
    },
    "network": {"EnableIPv4": (1, 47), "Status": (1, 52)},
}


class Ancient(Invalid):
    """A version from before errors were JSON: its clients show the answer as it comes."""


def show(version: Version) -> str:
    """As written in paths and headers."""
    return f"{version[0]}.{version[1]}"


def parse(text: str) -> Version | None:
    """``1.47`` as numbers, so that versions compare by them; None for anything else."""
    major, dot, minor = text.partition(".")
    if not dot or not (major.isdigit() and minor.isdigit() and text.isascii()) or len(text) > 12:
        return None
    return int(major), int(minor)


def split(path: str) -> tuple[str | None, str]:
    """The version that a path begins with, as text, and the path without it."""
    if path.startswith("/v"):
        text, slash, rest = path[2:].partition("/")
        if slash and text and _OF_VERSION.issuperset(text):
            return text, "/" + rest
    return None, path


def negotiate(asked: str | None, minimum: Version = OLDEST) -> Version:
    """The version a request is served in: the newest without a prefix. Raises Invalid with dockerd's texts."""
    if asked is None:
        return NEWEST
    version = _lenient(asked)
    if version > NEWEST:
        raise Invalid(f"client version {asked} is too new. Maximum supported API version is {show(NEWEST)}")
    if version < minimum:
        raise (Ancient if version < OLDEST else Invalid)(
            f"client version {asked} is too old. Minimum supported API version is {show(minimum)}, "
            "please upgrade your client to a newer version"
        )
    return version


def _lenient(asked: str) -> Version:
    """The version that dockerd takes a path's for: ``2`` is 2.0, and what follows the second number is ignored."""
    numbers = [min(int(part[:9] or 0), 10**8) for part in asked.split(".", 2)[:2]]
    return numbers[0], numbers[1] if len(numbers) > 1 else 0


def fit(noun: str, value: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """An answer of the newest version without what ``version`` did not have, and with what it still had."""
    since = _SINCE.get(noun, {})
    fitted = {key: item for key, item in value.items() if since.get(key, OLDEST) <= version}
    if noun in ("image", "image-row") and version < NO_VIRTUAL_SIZE and "Size" in fitted:
        fitted.setdefault("VirtualSize", fitted["Size"])
    if noun == "image" and version >= NO_CONTAINER_FIELDS and isinstance(fitted.get("Config"), Mapping):
        fitted["Config"] = {key: item for key, item in fitted["Config"].items() if key not in _OF_CONTAINERS}
    return fitted


def fit_create(body: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """A container's create body as the newest version would say it.

    Fields that ``version`` did not know are dropped, as dockerd does, and its defaults are spelled out.
    """
    fitted = dict(body)
    given = fitted.get("HostConfig")
    if not isinstance(given, Mapping | None):
        return fitted  # it is for the engine to refuse
    host = dict(given or {})
    health = fitted.get("Healthcheck")
    if version < HEALTH_START_INTERVAL and isinstance(health, Mapping):
        fitted["Healthcheck"] = {key: item for key, item in health.items() if key != "StartInterval"}
    if version < CONSOLE_SIZE:
        host.pop("ConsoleSize", None)
    if version < ANNOTATIONS:
        host.pop("Annotations", None)
    if version < CGROUP_NAMESPACE and not host.get("CgroupnsMode"):
        host["CgroupnsMode"] = "host"
    if version < PRIVATE_IPC and not host.get("IpcMode"):
        host["IpcMode"] = "shareable"
    if host or "HostConfig" in fitted:
        fitted["HostConfig"] = host
    return fitted
