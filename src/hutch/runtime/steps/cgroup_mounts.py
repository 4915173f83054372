"""The container's own view of its control groups at /sys/fs/cgroup (cgroups(7)).

cgroup v2: a new cgroup2 mount in the container's cgroup namespace, or without one a bind of its own folder. cgroup v1
and hybrid: a tmpfs with one folder a hierarchy, as Docker and runc show it.
"""

from __future__ import annotations

import os

from hutch.linux import mount, paths
from hutch.model.undo import suppress
from hutch.runtime import mount_options
from hutch.runtime.mount_options import MountOptions
from hutch.runtime.step import Inside, Step, StepFailed, strerror


def hierarchies(text: str) -> list[tuple[str, str]]:
    """(controllers, path) of every v1 hierarchy in the text of /proc/self/cgroup; empty on a pure v2 machine. Pure."""
    result: list[tuple[str, str]] = []
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers:
            result.append((controllers, path))
    return result


def own_path_v2(text: str) -> str:
    """The cgroup v2 path in the text of /proc/self/cgroup. Pure."""
    for line in text.splitlines():
        if line.startswith("0::"):
            return line[3:]
    return "/"


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()


class MountCgroups(Step):
    """The mount of type "cgroup". ``own_namespace``: the process has a cgroup namespace of its own."""

    __slots__ = ("destination", "options", "own_namespace")
    stage = "mount"
    reference = "cgroups(7), cgroup_namespaces(7)"

    def __init__(self, destination: str, options: tuple[str, ...], own_namespace: bool) -> None:
        self.destination = destination
        self.options = options
        self.own_namespace = own_namespace

    def describe(self) -> str:
        view = "as seen from its cgroup namespace" if self.own_namespace else "its own folders"
        return f"mount the control groups, {view}, at {self.destination} ({','.join(self.options) or 'defaults'})"

    def execute(self, inside: Inside) -> None:
        options = mount_options.parse(list(self.options))
        text = _read("/proc/self/cgroup")
        v1 = hierarchies(text)
        try:
            target = inside.root.mkdirs(self.destination)
            try:
                if v1:
                    outside = dict(hierarchies(inside.cgroups))
                    _mount_v1(target, self.destination, options, v1, self.own_namespace, outside)
                else:
                    fd = _make_v2(options, own_path_v2(text), self.own_namespace)
                    _attach(fd, target, self.destination)
            finally:
                os.close(target)
        except OSError as err:
            text = f'error mounting "cgroup" to rootfs at {self.destination!r}: {err.filename}: {strerror(err)}'
            raise StepFailed(text, err.errno or 0) from err


def _attach(fd: int, target: int, what: str) -> None:
    try:
        mount.move_mount(fd, target, what)
    finally:
        os.close(fd)


def _make_v2(options: MountOptions, path: str, own_namespace: bool) -> int:
    if own_namespace:
        return mount.new_mount("cgroup2", "cgroup", tuple(options.data), options.set)
    return _bind("/sys/fs/cgroup" + path, options.set)


def _bind(path: str, attributes: int) -> int:
    source = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fd = mount.clone_tree(source)
    finally:
        os.close(source)
    mount.mount_setattr(fd, add=attributes, propagation=mount.MS_PRIVATE)
    return fd


def _mount_v1(
    target: int,
    destination: str,
    options: MountOptions,
    v1: list[tuple[str, str]],
    own: bool,
    outside: dict[str, str],
) -> None:
    attributes = options.set & ~mount.MOUNT_ATTR_RDONLY
    top = mount.new_mount("tmpfs", "tmpfs", ("mode=755",), attributes)
    try:
        mount.move_mount(top, target, destination)
        root = paths.Root(top)
        for controllers, path in v1:
            name = controllers.removeprefix("name=")
            place = root.mkdirs(name)
            try:
                if own:
                    fd = _own_v1(controllers, name, outside.get(controllers, ""), options)
                else:
                    fd = _bind(f"/sys/fs/cgroup/{name}{path}", options.set)
                _attach(fd, place, f"{destination}/{name}")
            finally:
                os.close(place)
            if "," in name:
                for each in name.split(","):
                    root.symlink(name, each)
        if options.set & mount.MOUNT_ATTR_RDONLY:
            mount.mount_setattr(top, add=mount.MOUNT_ATTR_RDONLY)
    finally:
        os.close(top)


def _own_v1(controllers: str, name: str, path: str, options: MountOptions) -> int:
    """The hierarchy as the cgroup namespace shows it, which was made in the cgroup at ``path``.

    The folder of the host's mount is what a new mount would show. But that makes the kernel wait for all cgroups that
    are on their way out, so it is for where the folder is not known or cannot be bound.
    """
    if path and ".." not in path.split("/"):
        with suppress(OSError):
            return _bind(f"/sys/fs/cgroup/{name}{path}", options.set)
    data = ("none", controllers) if controllers.startswith("name=") else tuple(controllers.split(","))
    return mount.new_mount("cgroup", "cgroup", data, options.set)
