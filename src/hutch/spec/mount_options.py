"""Options of user mounts: what ``-v``, ``--mount`` and ``--tmpfs`` may say, as mount(8) spells it."""

from __future__ import annotations

from hutch.model.errors import Invalid

PROPAGATIONS = ("private", "rprivate", "slave", "rslave", "shared", "rshared")
_TMPFS_BASE = ("noexec", "nosuid", "nodev", "rprivate")
_TMPFS_FLAGS = {
    **{flag: flag for flag in ("exec", "suid", "dev", "atime", "diratime", "relatime", "strictatime", "ro", "sync")},
    "noexec": "exec",
    "nosuid": "suid",
    "nodev": "dev",
    "noatime": "atime",
    "nodiratime": "diratime",
    "norelatime": "relatime",
    "nostrictatime": "strictatime",
    "rw": "ro",
    "async": "sync",
    "dirsync": "dirsync",
    "remount": "remount",
    "mand": "mand",
    "nomand": "mand",
    "defaults": "defaults",
    **dict.fromkeys((*PROPAGATIONS, "unbindable", "runbindable"), "propagation"),
}
_TMPFS_VALUES = frozenset({"size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"})


def bind(
    *,
    read_only: bool = False,
    propagation: str = "",
    recursive: bool = True,
    read_only_recursive: bool | None = None,
    force_recursive: bool = False,
    kernel_recursive: bool = True,
) -> tuple[str, ...]:
    """Options of a bind mount.

    A read-only bind is read-only with all mounts below it where the kernel can (``rro``, mount_setattr(2), 5.12),
    unless ``read_only_recursive`` is False; ``force_recursive`` makes the lack of it an error. Raises Invalid.
    """
    if propagation and propagation not in PROPAGATIONS:
        raise Invalid(f"invalid propagation mode: {propagation!r}", hint="one of " + ", ".join(PROPAGATIONS))
    options = ["rbind" if recursive else "bind"]
    if read_only:
        if force_recursive and not kernel_recursive:
            raise Invalid("rro is not supported by this kernel: force-recursive read-only mounts need Linux 5.12")
        whole = recursive and kernel_recursive and read_only_recursive is not False
        options.append("rro" if whole else "ro")
    options.append(propagation or "rprivate")
    return tuple(options)


def tmpfs(text: str = "") -> tuple[str, ...]:
    """Options of ``--tmpfs PATH:text``: the safe base, less what the text says otherwise, then the text's.

    Raises Invalid in Docker's words for an option that tmpfs(5) does not have.
    """
    chosen: dict[str, str] = {_TMPFS_FLAGS[option]: option for option in _TMPFS_BASE}
    for option in text.split(",") if text else ():
        key, has_value, value = option.partition("=")
        if has_value:
            if key not in _TMPFS_VALUES or not value:
                raise Invalid(f'invalid tmpfs option "{key}"')
            group = key
        elif option in _TMPFS_FLAGS:
            group = _TMPFS_FLAGS[option]
        else:
            raise Invalid(f'invalid tmpfs option "{option}"')
        chosen.pop(group, None)
        chosen[group] = option
    chosen.pop("defaults", None)
    return tuple(chosen.values())
