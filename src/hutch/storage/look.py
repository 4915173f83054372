"""A layer's files as this process reads them: folders, or detached mounts that no mount table shows.

Reading does not mount a writable layer a second time, as overlayfs must not have one upper folder twice: its upper
folder becomes the uppermost of the lower ones, which also makes the look read-only.
"""

from __future__ import annotations

import os

from hutch.linux.mount import new_mount
from hutch.storage.driver import StorageDriver

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def whole(driver: StorageDriver, key: str) -> int:
    """A descriptor of the root of all that the layer ``key`` shows, to be read and closed. Raises OSError, NotFound."""
    if driver.whiteouts != "overlay":
        return os.open(driver.layer_dir(key), _FOLDER)
    kind, lowers, upper, disk = _parts(driver, key)
    return _stacked(kind, [upper if disk else driver.layer_dir(key), *lowers], disk)


def below(driver: StorageDriver, key: str) -> int:
    """The same for what is below the layer; -1 if nothing is."""
    parent = driver.parent(key)
    if parent is None:
        return -1
    if driver.whiteouts != "overlay":
        return os.open(driver.layer_dir(parent), _FOLDER)
    kind, lowers, _, _ = _parts(driver, key)
    return _stacked(kind, lowers, "")


def _parts(driver: StorageDriver, key: str) -> tuple[str, list[str], str, str]:
    """The type of the layer's mount, the folders below it, uppermost first, by the names that are mounted, its upper
    folder, and the disk that one is on (linux/overlay.py); "" for what there is not."""
    (mount,) = driver.mounts(key)
    values = dict(option.partition("=")[::2] for option in mount.options)
    lowers = values.get("lowerdir", "")
    return mount.kind, lowers.split(":") if lowers else [], values.get("upperdir", ""), values.get("disk", "")


def _stacked(kind: str, folders: list[str], disk: str) -> int:
    if len(folders) == 1 and not disk:
        return os.open(folders[0], _FOLDER)
    options = (f"lowerdir={':'.join(folders)}", "index=off", *([f"disk={disk}"] if disk else []))
    return new_mount(kind, "overlay", options)
