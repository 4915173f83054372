"""A container's file system as a copy sees it: everything that is mounted in it, and nothing of the host.

Of a running container it is its own, entered through the root of its first process: no mount is made, and what a tmpfs
holds is seen too. Of any other one it is put together from its layer and its mounts, in a mount namespace that only a
thread of ours has for a moment; what is left is a detached tree, which no mount table shows and which ends with its
descriptor. Paths in it are resolved by ``linux.paths`` alone.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress

from hutch.linux import mount, namespaces, process
from hutch.linux.paths import Root
from hutch.model import json_text
from hutch.model.errors import Unavailable
from hutch.model.mount import Mount
from hutch.runtime.users import resolve_user
from hutch.storage import look
from hutch.storage.driver import StorageDriver

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_STATE = 1 << 16  # bytes of keeper.json at most
_BY_START = frozenset(("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"))


class View(Root):
    """The root of a container's file system; closes its descriptor also when it is forgotten."""

    __slots__ = ("live",)

    def __init__(self, fd: int, *, live: bool) -> None:
        super().__init__(fd)
        self.live = live
        """Whether processes of the container may be changing it."""

    def __del__(self) -> None:
        self.close()


def running(run_folder: str) -> View:
    """The view of the running container whose keeper's files are in ``run_folder``.

    The pid in ``keeper.json`` may be somebody else's by now; its start time tells. Raises Unavailable.
    """
    try:
        with open(os.path.join(run_folder, "keeper.json"), encoding="utf-8") as file:
            init = json_text.decode(file.read(_STATE))["init"]
        pid, since = int(init["pid"]), int(init["start_time"])
        view = View(os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC), live=True)
        if since and process.start_time(pid) == since:
            return view
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"the container has no first process any more: {error}") from error
    view.close()
    raise Unavailable("the container has no first process any more")


def check_user(run_folders: str, container: str, user: str) -> None:
    """Raise Invalid if the running container knows no such ``user`` ("name", "name:group"), Unavailable if it ended."""
    with running(os.path.join(run_folders, container)) as root:
        resolve_user(root.fd, user)


def stopped(
    driver: StorageDriver, key: str, mounts: Sequence[Mount], place: str, *, writable: bool = False,
    read_only_root: bool = False,
) -> View:  # fmt: skip
    """The view of the layer ``key`` with the container's ``mounts`` (binds; of others nothing is kept to be shown).

    ``place`` is a folder of ours to put it together at. Only a writable view may be written to, and then not where the
    container may not. Mount points that are missing are made in a writable view. Raises OSError.
    """
    binds = sorted((m for m in mounts if m.kind == "bind"), key=lambda m: m.target.count("/"))

    def work() -> int:
        with ExitStack() as opened:
            at = _held(opened, os.open(place, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
            base = _held(opened, _layer(driver, key, writable=writable))
            sources = [(bind, _source(opened, bind)) for bind in binds if os.path.exists(bind.source)]
            mount.move_mount(base, at, place)  # from here on no path of the host is used
            for bind, source in sources:
                _attach(Root(base), bind, source, writable=writable)
            if writable and read_only_root:
                mount.mount_setattr(base, add=mount.MOUNT_ATTR_RDONLY)
            return mount.clone_tree(base, recursive=True)

    try:
        return View(apart(work), live=False)
    finally:
        driver.release(key)


def targets_missing(driver: StorageDriver, key: str, mounts: Sequence[Mount]) -> bool:
    """Whether the layer lacks a folder or file that something is to be mounted on."""
    wanted = [m.target for m in mounts if m.kind == "bind" and m.target not in _BY_START]
    if not wanted:
        return False
    try:
        with Root(look.whole(driver, key)) as root:
            return not all(root.exists(target) for target in wanted)
    finally:
        driver.release(key)


def apart(work: Callable[[], int]) -> int:
    """The result of ``work`` in a thread that has a mount namespace of its own, and ends with it."""
    result: list[int] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            namespaces.unshare(namespaces.CLONE_FS | namespaces.CLONE_NEWNS)
            mount.mount(None, "/", None, mount.MS_REC | mount.MS_PRIVATE)
            result.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="view")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


def _held(opened: ExitStack, fd: int) -> int:
    opened.callback(os.close, fd)
    return fd


def _layer(driver: StorageDriver, key: str, *, writable: bool) -> int:
    """A detached mount of all that the layer shows."""
    (root,) = driver.mounts(key)
    if root.kind == "bind":
        fd = _clone(root.source)
    elif root.kind == "overlay" and not writable:
        fd = look.whole(driver, key)
    else:
        fd = mount.new_mount(root.kind, root.source, tuple(o for o in root.options if o not in ("ro", "rw")))
    if not writable:
        with suppress(OSError):  # a folder, not a mount: nobody writes to it all the same
            mount.mount_setattr(fd, add=mount.MOUNT_ATTR_RDONLY)
    return fd


def _source(opened: ExitStack, bind: Mount) -> int:
    return _held(opened, _clone(bind.source, "bind" not in bind.options))


def _clone(source: str, recursive: bool = True) -> int:
    fd = os.open(source, os.O_PATH | os.O_CLOEXEC)
    try:
        return mount.clone_tree(fd, recursive=recursive)
    finally:
        os.close(fd)


def _attach(root: Root, bind: Mount, source: int, *, writable: bool) -> None:
    """Attach a bind where the container has it; one whose place is missing or of another kind is left out."""
    with ExitStack() as opened:
        folder = stat.S_ISDIR(os.fstat(source).st_mode)
        try:
            target = root.resolve(bind.target)
        except FileNotFoundError:
            if not writable or bind.target in _BY_START:
                return
            target = root.mkdirs(bind.target) if folder else root.touch(bind.target)
        _held(opened, target)
        if stat.S_ISDIR(os.fstat(target).st_mode) != folder:
            return
        if not writable or "rro" in bind.options:
            mount.mount_setattr(source, add=mount.MOUNT_ATTR_RDONLY, recursive=True)
        elif "ro" in bind.options:
            mount.mount_setattr(source, add=mount.MOUNT_ATTR_RDONLY)
        mount.move_mount(source, target, bind.target)
