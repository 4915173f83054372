"""The shape of a sandbox: what is fixed when it is parked."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.runtime import standard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

NAMESPACE_TYPES = ("user", "mount", "pid", "network", "ipc", "uts", "cgroup", "time")

Maps = tuple[tuple[int, int, int], ...]


class Shape:
    """New namespaces, joined ones (type to path), the cgroup, id maps, and how mounts propagate.

    ``cgroup`` is the path below every hierarchy's root, or "" to stay where the caller is. ``state`` is what hooks
    get on standard input; ``ordinary``: what most containers have below /proc, /dev and /sys is made while parked;
    ``devices`` the device rules in force then; ``preserve`` how many descriptors from 3 on the process keeps.
    """

    __slots__ = (
        "cgroup", "devices", "gid_map", "joins", "keyring", "name", "new", "offsets", "ordinary", "pivot", "preserve",
        "propagation", "state", "uid_map",
    )  # fmt: skip

    def __init__(
        self,
        new: tuple[str, ...],
        joins: dict[str, str],
        cgroup: str = "",
        *,
        uid_map: Maps = (),
        gid_map: Maps = (),
        propagation: str = "rslave",
        name: str = "",
        keyring: bool = True,
    ) -> None:
        self.new = new
        self.joins = joins
        self.cgroup = cgroup
        self.uid_map = uid_map
        self.gid_map = gid_map
        self.propagation = propagation
        self.name = name
        self.keyring = keyring
        self.ordinary = False
        self.devices: tuple[dict[str, Any], ...] = ()
        self.offsets = ""
        self.pivot = True
        self.preserve = 0
        self.state: dict[str, object] = {}

    @classmethod
    def of(cls, config: dict[str, Any], name: str = "") -> Shape:
        """The shape that an OCI config asks for; ``name`` is the container's id. Raises Invalid."""
        linux = config.get("linux") or {}
        new: list[str] = []
        joins: dict[str, str] = {}
        for value in linux.get("namespaces") or ():
            kind = str(value["type"])
            if kind not in NAMESPACE_TYPES:
                raise Invalid(f"namespace {kind!r} does not exist")
            if kind in new or kind in joins:
                raise Invalid(f"namespace {kind!r} is configured twice")
            if value.get("path"):
                joins[kind] = str(value["path"])
            else:
                new.append(kind)
        shape = cls(
            tuple(kind for kind in NAMESPACE_TYPES if kind in new),
            {kind: joins[kind] for kind in NAMESPACE_TYPES if kind in joins},
            str(linux.get("cgroupsPath") or ""),
            uid_map=_maps(linux.get("uidMappings")),
            gid_map=_maps(linux.get("gidMappings")),
            propagation=_propagation(config),
            name=name,
        )
        shape.offsets = offsets_of(linux.get("timeOffsets") or {})
        shape.devices = tuple((linux.get("resources") or {}).get("devices") or ())
        return shape

    @classmethod
    def standard(cls, name: str, cgroup: str) -> Shape:
        """What an ordinary container has: namespaces of its own except user and time, and no id maps."""
        shape = cls(("mount", "pid", "network", "ipc", "uts", "cgroup"), {}, cgroup, name=name)
        shape.ordinary = True
        shape.devices = standard.DEVICES
        return shape

    def fits(self, other: Shape) -> bool:
        """Whether a sandbox parked with this shape can become a container of the ``other`` one.

        Other device rules can take the place of those in force, but none at all cannot.
        """
        if self.devices and not other.devices:
            return False
        same = ("new", "joins", "cgroup", "uid_map", "gid_map", "propagation", "keyring", "offsets")
        return all(getattr(self, name) == getattr(other, name) for name in same)


def _propagation(config: dict[str, Any]) -> str:
    """How the mounts of the new namespace are made, as ``linux.rootfsPropagation`` says.

    Every mode is "rslave" that makes no difference to it, so that the sandbox can be one that waits already.
    """
    wanted = str((config.get("linux") or {}).get("rootfsPropagation") or "rslave")
    if wanted in ("shared", "rshared", "slave", "private"):
        binds = (mount.get("options") or () for mount in config.get("mounts") or () if mount.get("type") == "bind")
        if wanted == "private" or any(stays_shared(options) for options in binds):
            return wanted
    return "rprivate" if wanted == "rprivate" else "rslave"


def stays_shared(options: Sequence[str]) -> bool:
    """Whether a bind with these options shares its mounts with the host's, where the namespace does."""
    last = [option for option in options if option.removeprefix("r") in ("private", "slave", "shared", "unbindable")]
    return not last or last[-1].removeprefix("r") == "shared"


def _maps(value: list[dict[str, Any]] | None) -> Maps:
    return tuple((int(m["containerID"]), int(m["hostID"]), int(m["size"])) for m in value or ())


def offsets_of(value: dict[str, Any]) -> str:
    """``linux.timeOffsets`` as /proc/PID/timens_offsets takes them (time_namespaces(7)). Raises Invalid."""
    lines = []
    for clock, offset in value.items():
        if clock not in ("monotonic", "boottime"):
            raise Invalid(f"time offset: unknown clock {clock!r}")
        lines.append(f"{clock} {int(offset.get('secs') or 0)} {int(offset.get('nanosecs') or 0)}\n")
    return "".join(lines)
