"""Capabilities of a container: Docker's default set, and the rules of --cap-add, --cap-drop and --privileged."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from hutch.model.errors import Invalid

NAMES = tuple(
    "CAP_" + name
    for name in (
        *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"),
        *("LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"),
        *("SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"),
        *("SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"),
        *("MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF"),
        "CHECKPOINT_RESTORE",
    )
)
"""Every capability in the order of the kernel's numbers (capabilities(7))."""

DEFAULT = tuple(
    "CAP_" + name
    for name in (
        *("CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP"),
        *("NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"),
    )
)
"""What a container has unless asked otherwise."""

_ALL = "ALL"


def normalize(names: Sequence[str], option: str, available: AbstractSet[str]) -> list[str]:
    """Names in upper case with the prefix; ``ALL`` stays. Raises Invalid, naming ``option`` (CapAdd, CapDrop)."""
    result = []
    for name in names:
        upper = name.upper()
        if upper != _ALL:
            upper = upper if upper.startswith("CAP_") else "CAP_" + upper
            if upper not in NAMES:
                raise Invalid(f'invalid {option}: unknown capability: "{upper}"')
            if upper not in available:
                raise Invalid(
                    f"invalid {option}: capability not supported by your kernel or not available in the current "
                    f'environment: "{upper}"'
                )
        result.append(upper)
    return result


def effective(
    add: Sequence[str] | None, drop: Sequence[str] | None, *, privileged: bool, available: AbstractSet[str]
) -> list[str]:
    """The capabilities of a container's first process. Raises Invalid for a name the kernel or the daemon has not.

    Privileged: all that there are. ``ALL`` added: all but the dropped. ``ALL`` dropped: only the added. Otherwise the
    default set without the dropped, then the added.
    """
    everything = [name for name in NAMES if name in available]
    added = normalize(add or (), "CapAdd", available)
    # Dropping what is not there is no harm: only the name must exist.
    dropped = normalize(drop or (), "CapDrop", frozenset(NAMES))
    if privileged:
        return everything
    if _ALL in added:
        return [name for name in everything if name not in dropped]
    kept = [] if _ALL in dropped else [n for n in DEFAULT if n in available and n not in dropped]
    return list(dict.fromkeys(kept + added))


def to_oci(names: Sequence[str]) -> dict[str, list[str]]:
    """``process.capabilities``: bounding, permitted and effective. Inheritable stays empty, also when privileged: a
    non-empty set would let a program with file capabilities gain them (CVE-2022-24769). Ambient stays empty."""
    return {
        "bounding": list(names),
        "effective": list(names),
        "permitted": list(names),
        "inheritable": [],
        "ambient": [],
    }
