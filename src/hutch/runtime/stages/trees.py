"""What is bound into a container with id maps is cloned by the parent, where host paths can still be walked.

The mapped root is nobody special to the host's files: it may not pass a folder such as /var/lib/hutch (0710). The
parent makes the root file system and the trees of bind mounts detached, and the child attaches them by descriptor.
"""

from __future__ import annotations

import os

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
    """A detached mount for every step that needs a host path, by the step's key. Raises StepFailed, Invalid.

    ``mapped``: the container has id maps. Without, only idmapped mounts are made here: the namespace that their maps
    are written to cannot be made once the container's root lies over "/".
    """
    made: dict[str, int] = {}
    try:
        for step in steps:
            if not _needs_host(step, mapped) or step.key() in made:
                continue
            if len(made) == MOST:
                raise Invalid(f"a container can have at most {MOST} mounts with id maps")
            try:
                made[step.key()] = step.clone()
            except OSError as err:
                raise StepFailed(f"error mounting {step.source!r}: {strerror(err)}", err.errno or 0) from err
    except BaseException:
        close(made)
        raise
    return made


def _needs_host(step: Step, mapped: bool) -> TypeGuard[mounts.MountFilesystem | rootfs.MountRoot]:
    if isinstance(step, mounts.MountFilesystem):
        options = mount_options.parse(list(step.options))
        return step.is_bind(options) and (mapped or bool(step.uid_map or options.idmap))
    return mapped and isinstance(step, rootfs.MountRoot)


def close(made: dict[str, int]) -> None:
    """Close our descriptors of them."""
    for fd in made.values():
        os.close(fd)
