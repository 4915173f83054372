"""Steps on /dev: nodes, links, and the console."""

from __future__ import annotations

import os
import stat

from hutch.linux import libc, mount, paths
from hutch.model.undo import suppress
from hutch.runtime.step import Inside, Step, StepFailed, strerror

DEFAULT_DEVICES: tuple[tuple[str, int, int], ...] = (
    ("/dev/null", 1, 3),
    ("/dev/zero", 1, 5),
    ("/dev/full", 1, 7),
    ("/dev/random", 1, 8),
    ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
)
"""The nodes every container has (OCI runtime-spec, config-linux.md, "Default Devices")."""

LINKS: tuple[tuple[str, str], ...] = (
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/ptmx", "pts/ptmx"),
)

_TYPES = {"c": stat.S_IFCHR, "u": stat.S_IFCHR, "b": stat.S_IFBLK, "p": stat.S_IFIFO}


class MakeDevice(Step):
    """A device node; in a user namespace, where mknod is not allowed, the host's node bound in its place."""

    __slots__ = ("bind", "gid", "kind", "major", "minor", "mode", "path", "uid")
    stage = "devices"
    reference = "mknod(2)"

    def __init__(self, path: str, kind: str, major: int, minor: int, mode: int, uid: int, gid: int, bind: bool) -> None:
        self.path = path
        self.kind = kind
        self.major = major
        self.minor = minor
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.bind = bind

    def describe(self) -> str:
        if self.bind:
            return f"bind the host's {self.path} in its place"
        return f"device node {self.path} ({self.kind} {self.major}:{self.minor}, mode {self.mode:o})"

    def execute(self, inside: Inside) -> None:
        try:
            if self.bind:
                self._bind(inside.root)
            else:
                self._make(inside.root)
        except OSError as err:
            raise StepFailed(f"creating device node {self.path}: {strerror(err)}", err.errno or 0) from err

    def _make(self, root: paths.Root) -> None:
        parent, name = root.mkparents(self.path)
        kind = _TYPES[self.kind]
        device = os.makedev(self.major, self.minor)
        try:
            with suppress(FileExistsError):
                os.mknod(name, kind | 0o600, device, dir_fd=parent)
            flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
            fd = os.open(name, flags, dir_fd=parent)
            try:
                self._check(os.fstat(fd), kind, device)
                libc.check(libc.held.fchownat(fd, b"", self.uid, self.gid, mount.AT_EMPTY_PATH), self.path)
                paths.chmod(fd, self.mode, self.path)
            finally:
                os.close(fd)
        finally:
            os.close(parent)

    def _check(self, status: os.stat_result, kind: int, device: int) -> None:
        """What is there must be exactly the node wanted: made by us, or the same already."""
        if stat.S_IFMT(status.st_mode) != kind or (kind != stat.S_IFIFO and status.st_rdev != device):
            raise StepFailed(f"{self.path} exists and is not the device {self.kind} {self.major}:{self.minor}", 17)

    def _bind(self, root: paths.Root) -> None:
        target = root.touch(self.path)
        source = os.open(self.path, os.O_PATH | os.O_CLOEXEC)
        try:
            copy = mount.clone_tree(source)
            try:
                mount.move_mount(copy, target, self.path)
            finally:
                os.close(copy)
        finally:
            os.close(source)
            os.close(target)


class MakeLinks(Step):
    """The symbolic links every /dev has; an existing entry is left alone."""

    __slots__ = ("links",)
    stage = "devices"
    reference = "runtime-spec, runtime-linux.md, Dev symbolic links"

    def __init__(self, links: tuple[tuple[str, str], ...]) -> None:
        self.links = links

    def describe(self) -> str:
        return "symbolic links " + ", ".join(path for path, _ in self.links)

    def execute(self, inside: Inside) -> None:
        for path, target in self.links:
            try:
                parent, name = inside.root.mkparents(path)
                try:
                    os.symlink(target, name, dir_fd=parent)
                finally:
                    os.close(parent)
            except FileExistsError:
                continue
            except OSError as err:
                raise StepFailed(f"symlink {path}: {strerror(err)}", err.errno or 0) from err
