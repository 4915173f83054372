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
    kind, lowers = _lowers(driver, key)
    return _stacked(kind, [driver.layer_dir(key), *lowers])


def below(driver: StorageDriver, key: str) -> int:
    """The same for what is below the layer; -1 if nothing is."""
    parent = driver.parent(key)
    if parent is None:
        return -1
    if driver.whiteouts != "overlay":
        return os.open(driver.layer_dir(parent), _FOLDER)
    return _stacked(*_lowers(driver, key))


def _lowers(driver: StorageDriver, key: str) -> tuple[str, list[str]]:
    """The type of the layer's mount, and the folders below it, uppermost first, by the names that are mounted."""
    for mount in driver.mounts(key):
        for option in mount.options:
            name, _, value = option.partition("=")
            if name == "lowerdir":
                return mount.kind, value.split(":")
    return "bind", []


def _stacked(kind: str, folders: list[str]) -> int:
    if len(folders) == 1:
        return os.open(folders[0], _FOLDER)
    return new_mount(kind, "overlay", (f"lowerdir={':'.join(folders)}", "index=off"))
