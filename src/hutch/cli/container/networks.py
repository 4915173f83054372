"""``--network`` and the flags that say more of the first network: ``NetworkMode`` and ``NetworkingConfig``."""

from __future__ import annotations

from hutch.cli.container import values
from hutch.cli.container.mounts import fields
from hutch.cli.errors import OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags

    Json = dict[str, Any]

_NOT_USER_DEFINED = ("", "default", "bridge", "host", "none")
# key of --network -> whether it may be repeated
_KEYS = {
    "name": False,
    "alias": True,
    "ip": False,
    "ip6": False,
    "mac-address": False,
    "link-local-ip": True,
    "driver-opt": True,
    "gw-priority": False,
}
# flag -> (key of --network, how the message about both names the key)
_ALSO_FLAGS = (
    ("network-alias", "alias", "alias"),
    ("ip", "ip", "IPv4 address"),
    ("ip6", "ip6", "IPv6 address"),
    ("mac-address", "mac-address", "MAC address"),
    ("link-local-ip", "link-local-ip", "link-local IP addresses"),
)


def _read(word: str) -> dict[str, list[str]]:
    """The fields of a ``--network`` word. Raises :class:`FlagError`."""
    if "=" not in word:
        return {"name": [word]}
    found: dict[str, list[str]] = {}
    for field in fields(word, "--network"):
        key, equals, value = field.lower().partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not key:
            raise values.wrong(word, "--network", f"invalid field {field}")
        if key not in _KEYS:
            raise values.wrong(word, "--network", f"invalid field key {key}")
        if key == "gw-priority" and not value.removeprefix("-").removeprefix("+").isdigit():
            raise values.wrong(word, "--network", f"invalid gw-priority ({value}): invalid syntax")
        if key == "driver-opt" and "=" not in value:
            raise values.wrong(word, "--network", "invalid key value pair format in driver options")
        if _KEYS[key]:
            found.setdefault(key, []).append(value)
        else:
            found[key] = [value]
    if "name" not in found:
        raise values.wrong(word, "--network", "network name/id is not specified")
    return found


def _join(flags: Flags, first: dict[str, list[str]]) -> None:
    """What flags of their own say of the first network. Raises :class:`OptionError` for what is said twice."""
    for flag, key, words in _ALSO_FLAGS:
        given = flags.list(flag) if flags.known[flag].kind == "list" else [flags.text(flag)]
        given = [word for word in [*given, *(flags.list("net-alias") if key == "alias" else ())] if word]
        if not given:
            continue
        if key in first:
            raise OptionError(f"conflicting options: cannot specify both --{flag} and per-network {words}")
        first[key] = given


def _is_mac(text: str) -> bool:
    """Whether the text is a hardware address of 6, 8 or 20 bytes (IEEE 802, EUI-64, IP over InfiniBand)."""
    hexadecimal = frozenset("0123456789abcdefABCDEF")
    for separator, width in ((":", 2), ("-", 2), (".", 4)):
        parts = text.split(separator)
        if len(parts) * width // 2 in (6, 8, 20) and all(len(p) == width and hexadecimal.issuperset(p) for p in parts):
            return True
    return False


def _endpoint(found: dict[str, list[str]]) -> Json:
    """An ``EndpointSettings`` of the fields. Raises :class:`OptionError`."""
    endpoint: Json = {}
    ipam: Json = {}
    for key, field in (("ip", "IPv4Address"), ("ip6", "IPv6Address")):
        if found.get(key, [""])[0]:
            ipam[field] = found[key][0]
    if found.get("link-local-ip"):
        ipam["LinkLocalIPs"] = found["link-local-ip"]
    if ipam:
        endpoint["IPAMConfig"] = ipam
    if found.get("alias"):
        if found["name"][0] in _NOT_USER_DEFINED:
            raise OptionError("network-scoped aliases are only supported for user-defined networks")
        endpoint["Aliases"] = found["alias"]
    if found.get("driver-opt"):
        endpoint["DriverOpts"] = dict(word.partition("=")[::2] for word in found["driver-opt"])
    if found.get("gw-priority"):
        endpoint["GwPriority"] = int(found["gw-priority"][0])
    if found.get("mac-address", [""])[0]:
        mac = found["mac-address"][0].strip()
        if not _is_mac(mac):
            raise OptionError(f"{mac} is not a valid mac address")
        endpoint["MacAddress"] = mac
    return endpoint


def networks(flags: Flags) -> tuple[str, Json]:
    """(the network mode, ``EndpointsConfig``). Raises :class:`CommandError` in Docker's words."""
    words = [_read(word) for word in flags.list("network") + flags.list("net")] or [{"name": ["default"]}]
    _join(flags, words[0])
    endpoints: Json = {}
    for found in words:
        name = found["name"][0]
        if not name:
            raise OptionError("no name set for network")
        if name in endpoints:
            raise OptionError(f'network "{name}" is specified multiple times')
        endpoints[name] = _endpoint(found)
    mode: str = words[0]["name"][0]
    if len(words) == 1 and (not endpoints[mode] or mode.startswith("container:")):
        return mode, {}
    return mode, endpoints
