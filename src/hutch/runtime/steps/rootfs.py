"""Steps on the root file system: mounting it, moving into it, making it read-only."""

from __future__ import annotations

import errno
import os

from hutch.linux import mount, overlay, paths
from hutch.model.mount import Mount
from hutch.runtime import mount_options
from hutch.runtime.step import Inside, Step, StepFailed, strerror


class MountRoot(Step):
    """Mount the root file system over "/" of the new mount namespace, where only :class:`Pivot` will see it.

    Host paths still resolve: the process's own root stays below the new mount until the pivot.
    """

    __slots__ = ("kind", "options", "source")
    stage = "rootfs"
    reference = "fsopen(2), move_mount(2)"

    def __init__(self, kind: str, source: str, options: tuple[str, ...]) -> None:
        self.kind = kind
        self.source = source
        self.options = options

    def describe(self) -> str:
        return (
            f"mount {self.kind} {self.source} over / as the root file system ({','.join(self.options) or 'defaults'})"
        )

    def execute(self, inside: Inside) -> None:
        options = mount_options.parse(list(self.options))
        try:
            fd = inside.prepared.pop(self.key(), -1)
            if fd < 0:
                fd = self._make(options)
        except OSError as err:
            raise StepFailed(f"rootfs {self.source}: {strerror(err)}", err.errno or 0) from err
        base = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            mount.move_mount(fd, base, "/")
        finally:
            os.close(base)
        mount.mount_setattr(fd, propagation=mount.MS_PRIVATE)
        inside.root.close()
        inside.root = paths.Root(fd)

    def key(self) -> str:
        """Under which the parent has made it ready, if it has."""
        return f"/|{self.kind}|{self.source}"

    def clone(self) -> int:
        """The root file system, detached. Raises OSError."""
        return self._make(mount_options.parse(list(self.options)))

    def _make(self, options: mount_options.MountOptions) -> int:
        attributes = options.set & ~mount.MOUNT_ATTR_RDONLY
        if self.kind == "overlay":
            return overlay.new_overlay(self.source, tuple(options.data), attributes)
        if self.kind != "bind" and not options.bind:
            whole = ("ro",) if options.set & mount.MOUNT_ATTR_RDONLY else ()  # a device may be read-only itself
            return mount.new_mount(self.kind, self.source, (*options.data, *whole), attributes)
        source = os.open(self.source, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fd = mount.clone_tree(source, recursive=True)
        finally:
            os.close(source)
        if attributes:
            mount.mount_setattr(fd, add=attributes)
        return fd

    @classmethod
    def of(cls, value: Mount) -> MountRoot:
        """The step for a storage driver's mount."""
        return cls(value.kind, value.source, value.options)


class MountsLink(Step):
    """Make ``/etc/mtab`` a link to the kernel's own table, as images expect it of who starts them.

    Done while nothing but the root file system is mounted: whatever is later mounted on /etc is nobody's to write to.
    """

    __slots__ = ()
    stage = "rootfs"
    reference = "symlinkat(2), mount(8)"
    _AS_IT_IS = (errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.EROFS)

    def describe(self) -> str:
        return "link /etc/mtab to /proc/mounts unless the image has an /etc/mtab"

    def execute(self, inside: Inside) -> None:
        try:
            folder, name = inside.root.mkparents("/etc/mtab")
            try:
                os.symlink("/proc/mounts", name, dir_fd=folder)
            finally:
                os.close(folder)
        except OSError as err:
            if err.errno not in self._AS_IT_IS:
                raise StepFailed(f"link /etc/mtab: {strerror(err)}", err.errno or 0) from err


class Pivot(Step):
    """Make the mounted root file system "/" and let go of the host's."""

    __slots__ = ("propagation",)
    stage = "pivot_root"
    reference = "pivot_root(2), umount2(2)"

    def __init__(self, propagation: str) -> None:
        self.propagation = propagation

    def describe(self) -> str:
        text = "pivot_root to the root file system and detach the host's"
        return f"{text}; then make it {self.propagation}" if self.propagation else text

    def execute(self, inside: Inside) -> None:
        if inside.ahead >= 0:
            _aside(inside.ahead)
        os.fchdir(inside.root.fd)
        mount.pivot_root(".", ".")
        # The old root now lies over the new one at ".". Its mounts were made slaves or private before anything was
        # mounted, so that the host keeps its own; what is shared with it on purpose is below the new root by now.
        mount.umount(".", mount.MNT_DETACH)
        os.chdir("/")
        if self.propagation:
            # The root alone, also for "rslave": the mounts below it have what their own options say.
            mount.mount(None, "/", None, mount_options.propagation_flag(self.propagation) & ~mount.MS_REC)


def _aside(ahead: int) -> None:
    """Move the root of a parked sandbox, with all that is mounted on it, from over the host's to a place below it.

    umount2(2) takes what lies on top: it would take that root, and leave the host's to the container.
    """
    place = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mount.move_mount(ahead, place, "/proc")
    finally:
        os.close(place)


class Chroot(Step):
    """Enter the root that :class:`MountRoot` has put over "/", and leave the host's below it (``--no-pivot``)."""

    __slots__ = ()
    stage = "chroot"
    reference = "chroot(2)"

    def describe(self) -> str:
        return "chroot into the root file system that lies over / (--no-pivot)"

    def execute(self, inside: Inside) -> None:
        os.fchdir(inside.root.fd)
        os.chroot(".")
        os.chdir("/")


class ReadonlyRoot(Step):
    """Make the root file system read-only; mounts below it keep their own flags."""

    __slots__ = ()
    stage = "rootfs"
    reference = "mount_setattr(2), MOUNT_ATTR_RDONLY"

    def describe(self) -> str:
        return "root file system read-only"

    def execute(self, inside: Inside) -> None:
        mount.mount_setattr(inside.root.fd, add=mount.MOUNT_ATTR_RDONLY)
