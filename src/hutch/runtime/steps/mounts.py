"""The config's mounts: file systems, binds and control groups, each attached to a descriptor resolved in the root."""

from __future__ import annotations

import os
import stat

from hutch.linux import mount, namespaces, paths
from hutch.model.undo import ExitStack
from hutch.runtime import mount_options
from hutch.runtime.mount_options import MountOptions
from hutch.runtime.shape import stays_shared
from hutch.runtime.step import Inside, Step, StepFailed, strerror
from hutch.runtime.steps import copy_up

_KERNEL_FILESYSTEMS = ("proc", "sysfs")


class MountFilesystem(Step):
    """One element of the config's ``mounts`` (OCI runtime-spec, config.md, "Mounts").

    The mount is made detached, its target is resolved in the root to a descriptor (and made where missing), and the
    one is attached to the other: nobody can redirect it in between (CVE-2021-30465, CVE-2024-45310).
    """

    __slots__ = ("destination", "gid_map", "kind", "options", "source", "uid_map")
    stage = "mount"
    reference = "fsopen(2), open_tree(2), openat2(2), move_mount(2)"

    def __init__(
        self,
        kind: str,
        source: str,
        destination: str,
        options: tuple[str, ...],
        uid_map: tuple[tuple[int, int, int], ...] = (),
        gid_map: tuple[tuple[int, int, int], ...] = (),
    ) -> None:
        self.kind = kind
        self.source = source
        self.destination = destination
        self.options = options
        self.uid_map = uid_map
        self.gid_map = gid_map

    def describe(self) -> str:
        return f"mount {self.kind} {self.source} at {self.destination} ({','.join(self.options) or 'defaults'})"

    def execute(self, inside: Inside) -> None:
        options = mount_options.parse(list(self.options))
        try:
            fd = self._prepared(inside)
            if fd < 0:
                fd = self._make(inside, options)
            try:
                self._attach(inside, fd, options)
            finally:
                os.close(fd)
        except OSError as err:
            text = f"error mounting {self.source!r} to rootfs at {self.destination!r}: {err.filename}: {strerror(err)}"
            raise StepFailed(text, err.errno or 0) from err

    def key(self) -> str:
        """Under which a parked sandbox keeps this mount ready."""
        return f"{self.kind}|{self.source}|{self.destination}|{','.join(self.options)}"

    def shared(self) -> bool:
        """Whether this is a bind whose mounts are to be the host's too, where the namespace lets them be."""
        return self.is_bind(mount_options.parse(list(self.options))) and stays_shared(self.options)

    def clone(self) -> int:
        """A bind's tree, detached, with its attributes. Raises OSError."""
        return self._bind(mount_options.parse(list(self.options)))

    def prepare(self, inside: Inside) -> None:
        """Make it now, detached, for when the same mount is asked for. Raises OSError."""
        inside.prepared[self.key()] = self._make(inside, mount_options.parse(list(self.options)))

    def _prepared(self, inside: Inside) -> int:
        return inside.prepared.pop(self.key(), -1)

    def _make(self, inside: Inside, options: MountOptions) -> int:
        """The mount, detached, with its attributes."""
        if self.is_bind(options):
            return self._bind(options)
        if options.copy_up:
            return self._filesystem_with_copy(inside, options)
        if self.kind == "tmpfs" and not any(option.startswith("mode=") for option in options.data):
            options.data += self._mode_of_place(inside)
        return make_filesystem(self.kind, self.source, options)

    def _mode_of_place(self, inside: Inside) -> list[str]:
        """The mode of the folder that the image has at the place, which is the file system's unless told otherwise."""
        try:
            place = inside.root.open(self.destination, os.O_PATH | os.O_DIRECTORY)
        except OSError:
            return []
        try:
            return [f"mode={stat.S_IMODE(os.fstat(place).st_mode):o}"]
        finally:
            os.close(place)

    def is_bind(self, options: MountOptions) -> bool:
        """Whether this binds an existing tree."""
        return self.kind == "bind" or options.bind

    def _bind(self, options: MountOptions) -> int:
        fd = clone_of(self.source, recursive=options.recursive, subpath=options.subpath)
        if options.set or options.clear:
            mount.mount_setattr(fd, add=options.set, clear=options.clear)
        if options.set_all or options.clear_all:
            mount.mount_setattr(fd, add=options.set_all, clear=options.clear_all, recursive=True)
        if options.idmap or self.uid_map:
            self._id_map(fd, options)
        return fd

    def _id_map(self, fd: int, options: MountOptions) -> None:
        from hutch.runtime.stages import id_maps

        userns = id_maps.namespace_with(self.uid_map, self.gid_map)
        try:
            recursive = options.idmap == "ridmap"
            mount.mount_setattr(fd, add=mount.MOUNT_ATTR_IDMAP, userns_fd=userns, recursive=recursive)
        finally:
            os.close(userns)

    def _filesystem_with_copy(self, inside: Inside, options: MountOptions) -> int:
        """A tmpfs that starts with what the image has at the place."""
        plain = MountOptions()
        plain.data = options.data
        fd = make_filesystem(self.kind, self.source, plain)
        place = inside.root.mkdirs(self.destination)
        try:
            copy_up.copy(place, fd)
        finally:
            os.close(place)
        if options.set:
            mount.mount_setattr(fd, add=options.set)
        return fd

    def _attach(self, inside: Inside, fd: int, options: MountOptions) -> None:
        target = self._target(inside, fd)
        try:
            mount.move_mount(fd, target, self.destination)
        finally:
            os.close(target)
        for flag, recursive in options.propagation:
            mount.mount_setattr(fd, propagation=flag, recursive=recursive)
        if not options.propagation and not self.is_bind(options):
            mount.mount_setattr(fd, propagation=mount.MS_PRIVATE, recursive=True)

    def _target(self, inside: Inside, fd: int) -> int:
        """The place to mount on, made if missing: a folder for folders, an empty file for everything else."""
        if self.kind in _KERNEL_FILESYSTEMS or self.kind == "mqueue":
            return plain_directory(inside.root, self.destination)
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            target = inside.root.mkdirs(self.destination)
        else:
            target = inside.root.touch(self.destination)
        refuse_procfs(target, self.destination, self.source)
        return target


class TakeShared(Step):
    """Copy the tree of a shared bind while the new namespace's mounts are still peers of the host's.

    Made any later it would be a slave: mounts would come in, and none would go out.
    """

    __slots__ = ("bind",)
    stage = "mount"
    reference = "mount_namespaces(7), open_tree(2)"

    def __init__(self, bind: MountFilesystem) -> None:
        self.bind = bind

    def describe(self) -> str:
        return f"copy {self.bind.source} for {self.bind.destination}, as a peer of the host's mounts"

    def execute(self, inside: Inside) -> None:
        if self.bind.key() in inside.prepared:
            return  # the parent has, where the process has no right to
        try:
            inside.prepared[self.bind.key()] = self.bind.clone()
        except OSError as err:
            what = f"{self.bind.source!r} to rootfs at {self.bind.destination!r}"
            raise StepFailed(f"error mounting {what}: {err.filename}: {strerror(err)}", err.errno or 0) from err


def clone_of(source: str, *, recursive: bool, subpath: str = "") -> int:
    """A detached copy of the tree at ``source``, or of ``subpath`` below it, which no link may lead out of.

    Below ``/proc/<pid>/root`` the tree is another mount namespace's, and open_tree(2) copies only what is in the
    caller's own: the copy is made in there, where also no link of its root leads out. Raises OSError.
    """
    words = source.split("/", 4)
    if len(words) < 5 or words[1] != "proc" or words[3] != "root" or not words[2].isdigit():
        fd = os.open(source, os.O_PATH | os.O_CLOEXEC)
        try:
            if subpath:
                above, fd = fd, paths.openat2(fd, subpath, os.O_PATH, resolve=paths.BENEATH)
                os.close(above)
            return mount.clone_tree(fd, recursive=recursive)
        finally:
            os.close(fd)
    flags = mount.OPEN_TREE_CLONE | (mount.AT_RECURSIVE if recursive else 0)
    with ExitStack() as undo:
        opened = []
        for path in ("/", ".", "/proc/self/ns/mnt", f"/proc/{words[2]}/ns/mnt"):
            opened.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
            undo.callback(os.close, opened[-1])
        root, here, ours, theirs = opened

        def back() -> None:
            """Into our mounts again, and below the container's root, which by now lies over the place of ours."""
            namespaces.setns(ours, namespaces.FLAGS["mount"], "back to the container's mounts")
            os.fchdir(root)
            os.chroot(".")
            os.fchdir(here)

        undo.callback(back)
        namespaces.setns(theirs, namespaces.FLAGS["mount"], source)
        return mount.open_tree(-1, f"/{words[4]}", flags)


def make_filesystem(kind: str, source: str, options: MountOptions) -> int:
    """A detached mount of a new file system with its attributes."""
    return mount.new_mount(kind, source or kind, tuple(options.data), options.set)


def plain_directory(root: paths.Root, destination: str) -> int:
    """The folder for a kernel file system, made if missing; a symbolic link there is an error.

    An image whose ``/proc`` is a link could have the kernel's files mounted elsewhere and its own in their place
    (CVE-2019-19921, CVE-2023-27561).
    """
    parent, name = root.mkparents(destination)
    try:
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            pass
        except OSError as err:
            raise OSError(err.errno, err.strerror, destination) from err
        flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(name, flags, dir_fd=parent)
        except NotADirectoryError as err:
            raise StepFailed(f"filesystem must be mounted on ordinary directory: {destination}", 20) from err
    finally:
        os.close(parent)


_ALLOWED_IN_PROC = (
    "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "sys/kernel/ns_last_pid",
    "net/dev",
)  # fmt: skip
"""Files of procfs that other tools (lxcfs) legitimately cover, as runc allows them."""


def refuse_procfs(target: int, destination: str, source: str) -> None:
    """Refuse mounts inside procfs and over it: they would shadow what the security labels are written to.

    CVE-2019-16884. Raises StepFailed.
    """
    if mount.filesystem_magic(target) != mount.PROC_SUPER_MAGIC:
        if "/" + destination.strip("/") == "/proc":
            source_fd = os.open(source, os.O_PATH | os.O_CLOEXEC)
            try:
                if mount.filesystem_magic(source_fd) == mount.PROC_SUPER_MAGIC:
                    return
            finally:
                os.close(source_fd)
            raise StepFailed(f'"{destination}" cannot be mounted because it is not of type proc')
        return
    inner = os.path.normpath(destination).lstrip("/")
    if inner == "proc" and source == "/proc":
        return
    if inner.startswith("proc/") and inner[5:] in _ALLOWED_IN_PROC:
        return
    raise StepFailed(f'"{destination}" cannot be mounted because it is inside /proc')
