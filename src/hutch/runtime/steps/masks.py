"""Steps that hide or freeze parts of /proc and /sys from the container."""

from __future__ import annotations

import os
import stat

from hutch.linux import mount
from hutch.runtime.step import Inside, Step, StepFailed, strerror

_ABSENT = (2, 20)  # ENOENT, ENOTDIR


class MaskPath(Step):
    """Hide a file behind the container's null device, a folder behind an empty read-only tmpfs.

    The null device is opened first and must be the character device 1:3 itself: an image or another container could
    have put a link to a kernel file in its place (CVE-2025-31133).
    """

    __slots__ = ("path",)
    stage = "masked paths"
    reference = "runtime-spec, config-linux.md, Masked Paths"

    def __init__(self, path: str) -> None:
        self.path = path

    def describe(self) -> str:
        return f"mask {self.path}"

    def execute(self, inside: Inside) -> None:
        try:
            target = inside.root.resolve(self.path)
        except OSError as err:
            if err.errno in _ABSENT:
                return
            raise StepFailed(f"can't mask path {self.path!r}: {strerror(err)}", err.errno or 0) from err
        try:
            cover = self._cover(inside, target)
            mount.move_mount(cover, target, self.path)
            if inside.empty < 0 and _is_folder(target):
                inside.empty = cover
            else:
                os.close(cover)
        except OSError as err:
            raise StepFailed(f"can't mask path {self.path!r}: {strerror(err)}", err.errno or 0) from err
        finally:
            os.close(target)

    def _cover(self, inside: Inside, target: int) -> int:
        """What lies over it: copies of one empty folder, and of one null device that is verified at first use."""
        if _is_folder(target):
            if inside.empty >= 0:
                return mount.clone_tree(inside.empty)
            return make_empty()
        if inside.null < 0:
            inside.null = open_null(inside)
        return mount.clone_tree(inside.null)


def _is_folder(fd: int) -> bool:
    return stat.S_ISDIR(os.fstat(fd).st_mode)


def make_empty() -> int:
    """A detached read-only file system with nothing in it. Raises OSError."""
    return mount.new_mount("tmpfs", "tmpfs", ("nr_inodes=1", "size=4k", "mode=755"), mount.MOUNT_ATTR_RDONLY)


def open_null(inside: Inside) -> int:
    """The container's /dev/null as a descriptor, verified to be the null device. Raises StepFailed, OSError."""
    fd = inside.root.resolve("/dev/null", follow=False)
    status = os.fstat(fd)
    if not stat.S_ISCHR(status.st_mode) or status.st_rdev != os.makedev(1, 3):
        os.close(fd)
        raise StepFailed("/dev/null of the container is not the null device")
    return fd


class ReadonlyPath(Step):
    """Bind a path onto itself, read-only together with what is mounted below."""

    __slots__ = ("path",)
    stage = "read-only paths"
    reference = "runtime-spec, config-linux.md, Readonly Paths"

    def __init__(self, path: str) -> None:
        self.path = path

    def describe(self) -> str:
        return f"make {self.path} read-only"

    def execute(self, inside: Inside) -> None:
        try:
            target = inside.root.resolve(self.path)
        except OSError as err:
            if err.errno in _ABSENT:
                return
            raise StepFailed(f"can't make {self.path!r} read-only: {strerror(err)}", err.errno or 0) from err
        try:
            copy = mount.clone_tree(target, recursive=True)
            try:
                mount.mount_setattr(copy, add=mount.MOUNT_ATTR_RDONLY, recursive=True)
                mount.move_mount(copy, target, self.path)
            finally:
                os.close(copy)
        except OSError as err:
            raise StepFailed(f"can't make {self.path!r} read-only: {strerror(err)}", err.errno or 0) from err
        finally:
            os.close(target)
