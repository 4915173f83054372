"""Fills a new volume with what the image has at its mount point.

The image is hostile: its path may be a symbolic link to anywhere. The image's file system is opened as a detached
mount (it appears in no mount table), the path is resolved inside it (``linux.paths``), and from then on only the
descriptor is used. The volume becomes full in one rename, so an interrupted copy leaves an empty one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from hutch.linux.mount import new_mount
from hutch.linux.paths import BENEATH, Root, openat2
from hutch.model.mount import Mount
from hutch.storage.copy import copy_tree
from hutch.storage.trash import Trash

DATA = "_data"
_FILLING = "_filling"


def copy_up(image: Sequence[Mount], path: str, volume: str, trash: Trash) -> bool:
    """Copy the folder ``path`` of the image into the volume's empty data folder; whether anything was copied.

    ``image`` is what a storage driver's ``view`` gave, ``volume`` the folder that holds ``_data``. Nothing happens
    when the volume has content, or the image has no folder there. Owner, mode and times of the folder come along.
    Raises OSError.
    """
    data = os.path.join(volume, DATA)
    if os.listdir(data):
        return False
    with Root(_open_image(image)) as root:
        source = _source(root, path)
        if source is None:
            return False
        filling = os.path.join(volume, _FILLING)
        trash.throw(filling)
        os.mkdir(filling, 0o700)
        try:
            # "/." because the folder itself must be opened, and a link at the end of a path would be refused.
            copy_tree(f"/proc/self/fd/{source}/.", filling)
            os.rename(filling, data)
        except BaseException:
            trash.throw(filling)
            raise
        finally:
            os.close(source)
    return True


def copy_into(image: Sequence[Mount], path: str, data: str, subpath: str) -> bool:
    """The same for the folder ``subpath`` in a volume's data, or for data that are another file system: nothing can
    be renamed into their place, so an interrupted copy leaves a part. Raises OSError."""
    base = os.open(data, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        target = openat2(base, subpath, os.O_PATH, resolve=BENEATH)
    finally:
        os.close(base)
    try:
        into = f"/proc/self/fd/{target}/."
        if not stat.S_ISDIR(os.fstat(target).st_mode) or os.listdir(into):
            return False
        with Root(_open_image(image)) as root:
            source = _source(root, path)
            if source is None:
                return False
            try:
                copy_tree(f"/proc/self/fd/{source}/.", into)
            finally:
                os.close(source)
        return True
    finally:
        os.close(target)


def _open_image(image: Sequence[Mount]) -> int:
    """The image's root: the folder itself for a bind mount, a detached mount for everything else."""
    if len(image) != 1:
        raise ValueError(f"a view of one mount is needed, not of {len(image)}")
    (one,) = image
    if one.kind == "bind":
        return os.open(one.source, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    options = tuple(o for o in one.options if o not in ("ro", "rw"))
    return new_mount(one.kind, one.source, options)


def _source(root: Root, path: str) -> int | None:
    """The image's folder at ``path``, or None if there is none."""
    try:
        fd = root.resolve(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    return fd
