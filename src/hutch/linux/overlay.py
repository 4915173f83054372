"""Overlays of any number of layers, on every kernel (overlayfs, Documentation/filesystems/overlayfs.rst).

A string of fsconfig(2) has at most 255 bytes. Linux 6.7 takes the lower folders one by one (``lowerdir+``); before, a
long list only fits into the one page of mount(2), where names relative to the driver's folder make room for more than
the 128 layers an image may have.

An option of our own, ``disk=IMAGE``: the upper and the work folder lie in the root of the file system in that file,
which their parent folder is the mount point of (without an upper one: the first of the lower ones lies there). It is
mounted there in a namespace that ends at once: the overlay keeps it, and the loop device with it.
"""

from __future__ import annotations

import _thread
import errno
import os

from hutch.linux import mount, namespaces

LONGEST = 255
"""Bytes of one fsconfig(2) string."""
PAGE = 4095
"""Bytes of all options of mount(2) together."""
_FOLDERS = ("lowerdir", "upperdir", "workdir")


def new_overlay(source: str, options: tuple[str, ...], attributes: int = 0) -> int:
    """A detached overlay mount. Raises OSError; E2BIG when the kernel cannot take that many layers."""
    values = dict(option.partition("=")[::2] for option in options)
    if "disk" in values:
        return _on_disk(source, options, attributes, values)
    if all(len(os.fsencode(values.get(key, ""))) <= LONGEST for key in _FOLDERS):
        return mount.configured("overlay", source, options, attributes)
    try:
        return mount.configured("overlay", source, one_by_one(options), attributes)
    except OSError as err:
        # Unknown option, said at once or, by the old parser, only when the file system is made; or a name too long.
        if err.errno != errno.EINVAL:
            raise
    return _in_thread(source, options, attributes)


def mount_disk(image: str) -> int:
    """The ext4 file system in the file ``image``, detached; the same one if it is mounted already. Raises OSError.

    ``discard``: what is removed in it is given back to the file system below.
    """
    from hutch.linux import loop

    fd, device = loop.shared(image)
    try:
        return mount.configured("ext4", device, ("discard",), 0)
    finally:
        os.close(fd)


def _on_disk(source: str, options: tuple[str, ...], attributes: int, values: dict[str, str]) -> int:
    written = values.get("upperdir") or values["lowerdir"].partition(":")[0]
    fd = mount_disk(values["disk"])
    try:
        rest = tuple(option for option in options if not option.startswith("disk="))
        return _in_thread(source, rest, attributes, (fd, os.path.dirname(written)))
    finally:
        os.close(fd)


def one_by_one(options: tuple[str, ...]) -> tuple[str, ...]:
    """The options with a ``lowerdir+`` for each lower folder. Pure."""
    result: list[str] = []
    for option in options:
        key, _, value = option.partition("=")
        result += [f"lowerdir+={layer}" for layer in value.split(":")] if key == "lowerdir" else [option]
    return tuple(result)


def relative(options: tuple[str, ...]) -> tuple[str, str]:
    """(folder, data): the folder all layers are in, and the options for mount(2) with names relative to it. Pure.

    Raises OSError E2BIG when they do not fit into a page.
    """
    paths = [
        path for key, _, value in (option.partition("=") for option in options) if key in _FOLDERS
        for path in value.split(":")
    ]  # fmt: skip
    folder = os.path.commonpath(paths)
    short: list[str] = []
    for option in options:
        key, equals, value = option.partition("=")
        if key in _FOLDERS:
            value = ":".join(path[len(folder) :].lstrip("/") or "." for path in value.split(":"))
        short.append(f"{key}{equals}{value}")
    data = ",".join(short)
    if len(os.fsencode(data)) > PAGE:
        raise OSError(errno.E2BIG, f"{len(paths)} layers do not fit into the mount options of this kernel", folder)
    return folder, data


def _in_thread(source: str, options: tuple[str, ...], attributes: int, disk: tuple[int, str] | None = None) -> int:
    """Made in a thread with a mount namespace of its own, as mount(2) has to attach what it makes somewhere.

    ``disk``: a detached mount that the folders lie in, and the folder it belongs at.
    """
    folder, data = relative(options)
    done = _thread.allocate_lock()
    result: list[int] = []
    failure: list[BaseException] = []

    def make() -> None:
        try:
            namespaces.unshare(namespaces.CLONE_FS | namespaces.CLONE_NEWNS)
            mount.mount(None, "/", None, mount.MS_REC | mount.MS_SLAVE)
            if disk is not None:
                _attach(*disk)
            os.chdir(folder)
            mount.mount(source, folder, "overlay", 0, data)
            result.append(mount.open_tree(mount.AT_FDCWD, folder, mount.OPEN_TREE_CLONE))
        except BaseException as err:
            failure.append(err)
        finally:
            done.release()

    done.acquire()
    _thread.start_new_thread(make, ())
    done.acquire()
    if failure:
        raise failure[0]
    if attributes:
        mount.mount_setattr(result[0], add=attributes)
    return result[0]


def _attach(fd: int, path: str) -> None:
    target = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mount.move_mount(fd, target, path)
    finally:
        os.close(target)
