"""Kernel parameters of a container: only such that belong to a namespace of its own.

The runtime would write any value to any file below /proc/sys, so names are held to a list and to plain letters:
a name or value that smuggles a second parameter (CVE-2022-0811) never leaves this module.
"""

from __future__ import annotations

from hutch.model.errors import Invalid

_IPC = frozenset(
    "kernel." + n for n in ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")
)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@")


def effective(asked: dict[str, str] | None, *, private: frozenset[str], user_namespace: bool) -> dict[str, str]:
    """All parameters to set. ``private`` holds the namespaces that are the container's own (network, ipc, uts).

    Raises Invalid for a name that is not on the list or whose namespace is the host's, and for a bad value.
    """
    result: dict[str, str] = {}
    if "network" in private:
        if not user_namespace:
            result["net.ipv4.ping_group_range"] = "0 2147483647"
        result["net.ipv4.ip_unprivileged_port_start"] = "0"
    for name, value in (asked or {}).items():
        result[check(name, value, private)] = value
    return result


def check(name: str, value: str, private: frozenset[str]) -> str:
    """The name with dots between its parts. Raises Invalid."""
    if not name or set(name) - _LETTERS or ".." in name or "//" in name or name[0] in "./" or name[-1] in "./":
        raise Invalid(f"sysctl {_quoted(name)} is not a valid name")
    if any((ord(c) < 32 and c != "\t") or c == "\x7f" for c in value) or len(value) > 4096:
        raise Invalid(f"sysctl {_quoted(name)}: the value must be one line of text")
    # As sysctl(8): the first separator tells which one it is; in the other form "/" stands for a dot in a part.
    first = next((c for c in name if c in "./"), ".")
    dotted = name.replace("/", "\0").replace(".", "/").replace("\0", ".") if first == "/" else name
    if dotted in _IPC or dotted.startswith("fs.mqueue."):
        return _in("ipc", name, dotted, private)
    if dotted.startswith("net."):
        if "network" not in private:
            raise Invalid(f"sysctl {_quoted(name)} not allowed in host network namespace")
        return dotted
    if dotted == "kernel.domainname":
        return _in("uts", name, dotted, private)
    if dotted == "kernel.hostname":
        raise Invalid(f"sysctl {_quoted(name)} is not allowed: use --hostname")
    raise Invalid(f"sysctl {_quoted(name)} is not in a separate kernel namespace")


def _in(namespace: str, name: str, dotted: str, private: frozenset[str]) -> str:
    if namespace not in private:
        raise Invalid(f"sysctl {_quoted(name)} is not allowed in the hosts {namespace} namespace")
    return dotted


def _quoted(name: str) -> str:
    return '"' + name.encode("unicode_escape").decode("ascii") + '"'
