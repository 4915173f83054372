"""What only the parent can mount is made by it, detached, and the child attaches it by descriptor.

What is bound into a container with id maps is cloned where host paths can still be walked: the mapped root is nobody
special to the host's files, it may not pass a folder such as /var/lib/hutch (0710).

So is the whole of the host's tree: in the container's namespace the container's root lies over it already, and would
be copied with it.

A root file system on a block device, and one that a program serves, is mounted outside of the container: the
container's cgroup may not open the device, and the program is not to be one of the container's processes.
"""

from __future__ import annotations

import os

from hutch.linux import mount
from hutch.model.errors import Invalid
from hutch.runtime import mount_options
from hutch.runtime.step import Step, StepFailed, strerror
from hutch.runtime.steps import mounts, rootfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

MOST = 200
"""Trees of one container: a message carries 253 descriptors."""


def make(steps: list[Step], mapped: bool) -> dict[str, int]:
    """A detached mount for every step that needs the host, by the step's key. Raises StepFailed, Invalid.

    ``mapped``: the container has id maps. Without, only idmapped mounts and binds of "/" are made here: the namespace
    that the maps are written to cannot be made once the container's root lies over "/".
    """
    made: dict[str, int] = {}
    try:
        for step in steps:
            if not _needs_host(step, mapped) or step.key() in made:
                continue
            if len(made) == MOST:
                raise Invalid(f"a container can have at most {MOST} mounts with id maps")
            try:
                fd = made[step.key()] = step.clone()
                if whole(step.source, step.options) and {"shared", "rshared"}.isdisjoint(step.options):
                    mount.mount_setattr(fd, propagation=mount.MS_SLAVE, recursive=True)
            except OSError as err:
                raise StepFailed(f"error mounting {step.source!r}: {strerror(err)}", err.errno or 0) from err
    except BaseException:
        close(made)
        raise
    return made


def _needs_host(step: Step, mapped: bool) -> TypeGuard[mounts.MountFilesystem | rootfs.MountRoot]:
    if isinstance(step, mounts.MountFilesystem):
        options = mount_options.parse(list(step.options))
        here = mapped or bool(step.uid_map or options.idmap)
        return step.is_bind(options) and (here or whole(step.source, step.options))
    return isinstance(step, rootfs.MountRoot) and (mapped or from_outside(step.kind, step.options))


def whole(source: str, options: tuple[str, ...]) -> bool:
    """Whether this binds "/" with all that is mounted below it. Pure."""
    return "rbind" in options and source.startswith("/") and os.path.normpath(source).strip("/") == ""


def from_outside(kind: str, options: tuple[str, ...]) -> bool:
    """Whether a root file system of this kind has to be mounted outside of the container. Pure."""
    if kind == "bind" or not {"bind", "rbind"}.isdisjoint(options):
        return False
    return kind != "overlay" or any(option.startswith("disk=") for option in options)


def close(made: dict[str, int]) -> None:
    """Close our descriptors of them."""
    for fd in made.values():
        os.close(fd)
