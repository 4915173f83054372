"""Mount options as the OCI runtime config spells them, sorted into what the kernel calls need. Pure."""

from __future__ import annotations

from hutch.linux import mount as m

_ATTRIBUTES: dict[str, tuple[int, int]] = {
    "ro": (m.MOUNT_ATTR_RDONLY, 0),
    "rw": (0, m.MOUNT_ATTR_RDONLY),
    "nosuid": (m.MOUNT_ATTR_NOSUID, 0),
    "suid": (0, m.MOUNT_ATTR_NOSUID),
    "nodev": (m.MOUNT_ATTR_NODEV, 0),
    "dev": (0, m.MOUNT_ATTR_NODEV),
    "noexec": (m.MOUNT_ATTR_NOEXEC, 0),
    "exec": (0, m.MOUNT_ATTR_NOEXEC),
    "noatime": (m.MOUNT_ATTR_NOATIME, m.MOUNT_ATTR_ATIME),
    "atime": (m.MOUNT_ATTR_RELATIME, m.MOUNT_ATTR_ATIME),
    "relatime": (m.MOUNT_ATTR_RELATIME, m.MOUNT_ATTR_ATIME),
    "norelatime": (m.MOUNT_ATTR_RELATIME, m.MOUNT_ATTR_ATIME),
    "strictatime": (m.MOUNT_ATTR_STRICTATIME, m.MOUNT_ATTR_ATIME),
    "nostrictatime": (m.MOUNT_ATTR_RELATIME, m.MOUNT_ATTR_ATIME),
    "nodiratime": (m.MOUNT_ATTR_NODIRATIME, 0),
    "diratime": (0, m.MOUNT_ATTR_NODIRATIME),
    "nosymfollow": (m.MOUNT_ATTR_NOSYMFOLLOW, 0),
    "symfollow": (0, m.MOUNT_ATTR_NOSYMFOLLOW),
}
"""Option to (mount attributes set, mount attributes cleared); with an ``r`` before it the same for all submounts."""

_PROPAGATION = {
    "private": m.MS_PRIVATE,
    "slave": m.MS_SLAVE,
    "shared": m.MS_SHARED,
    "unbindable": m.MS_UNBINDABLE,
}

_FOR_ANY = ("async", "dirsync", "lazytime", "mand", "nolazytime", "sync")
"""Options that the kernel takes for every new file system: they go with the file system's own."""

_IGNORED = (
    "defaults",
    "acl",
    "noacl",
    "auto",
    "noauto",
    "user",
    "nouser",
    "_netdev",
    "nofail",
    "loud",
    "silent",
    "nomand",
)


class MountOptions:
    """Sorted options: attributes for this mount and for the whole tree, propagation, data for the file system."""

    __slots__ = (
        "bind", "clear", "clear_all", "copy_up", "data", "idmap", "propagation", "recursive", "set", "set_all",
        "subpath",
    )  # fmt: skip

    def __init__(self) -> None:
        self.bind = False
        self.recursive = False
        self.set = 0
        self.clear = 0
        self.set_all = 0
        self.clear_all = 0
        self.propagation: list[tuple[int, bool]] = []
        self.data: list[str] = []
        self.copy_up = False
        self.idmap = ""
        self.subpath = ""
        """Of a bind: only this path below its source, which must not lead out of it. Not in the specification."""


def parse(options: list[str]) -> MountOptions:
    """Sort ``options`` (OCI runtime-spec, config.md, "Linux mount options"); unknown ones are the file system's."""
    result = MountOptions()
    for option in options:
        if option in ("bind", "rbind"):
            result.bind = True
            result.recursive = option == "rbind"
        elif option in _ATTRIBUTES:
            bits, cleared = _ATTRIBUTES[option]
            result.set = result.set & ~cleared | bits
            result.clear = result.clear & ~bits | cleared
        elif option[:1] == "r" and option[1:] in _ATTRIBUTES:
            bits, cleared = _ATTRIBUTES[option[1:]]
            result.set_all = result.set_all & ~cleared | bits
            result.clear_all = result.clear_all & ~bits | cleared
        elif option in _PROPAGATION or (option[:1] == "r" and option[1:] in _PROPAGATION):
            recursive = option not in _PROPAGATION
            result.propagation.append((_PROPAGATION[option[1:] if recursive else option], recursive))
        elif option == "tmpcopyup":
            result.copy_up = True
        elif option.startswith("subpath=") and result.bind:
            result.subpath = option.partition("=")[2]
        elif option in ("idmap", "ridmap"):
            result.idmap = option
        elif option not in _IGNORED and option != "":
            result.data.append(option)
    return result


def propagation_flag(name: str) -> int:
    """The mount(2) flag of a ``rootfsPropagation`` value such as "rslave". Raises ValueError for others."""
    plain = name[1:] if name not in _PROPAGATION and name[:1] == "r" else name
    if plain not in _PROPAGATION:
        raise ValueError(f"unknown propagation {name!r}")
    return _PROPAGATION[plain] | (m.MS_REC if plain != name else 0)


def known() -> list[str]:
    """Every option that is not left to the file system, for the runtime's features."""
    recursive = [f"r{name}" for name in (*_ATTRIBUTES, *_PROPAGATION)]
    names = {
        *_ATTRIBUTES,
        *_PROPAGATION,
        *recursive,
        "bind",
        "rbind",
        "tmpcopyup",
        "idmap",
        "ridmap",
        *_IGNORED,
        *_FOR_ANY,
    }
    return sorted(names)
