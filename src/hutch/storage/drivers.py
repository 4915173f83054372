"""The storage drivers by name, in the order in which they are tried when none is named."""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.model.errors import Invalid, Unsupported
from hutch.storage.driver import StorageDriver
from hutch.storage.overlay2 import Overlay2
from hutch.storage.vfs import Vfs

DRIVERS: dict[str, Callable[[str], StorageDriver]] = {
    "overlay2": Overlay2,
    "vfs": Vfs,
}


def open_driver(data_root: str, name: str = "") -> StorageDriver:
    """The driver ``name`` on ``data_root``; without a name the one that has data there, else the first that works.

    Raises Invalid for an unknown name or data of several drivers, Unsupported if the driver cannot work here.
    """
    if name:
        if name not in DRIVERS:
            raise Invalid(f"unknown storage driver {name!r}", hint=f"there are {', '.join(DRIVERS)}")
        return DRIVERS[name](data_root)
    used = [known for known in DRIVERS if _has_data(os.path.join(data_root, known))]
    if len(used) > 1:
        raise Invalid(f"{data_root} contains several valid storage drivers: {', '.join(used)}",
                      hint="name one with --storage-driver")  # fmt: skip
    if used:
        return DRIVERS[used[0]](data_root)
    problems = []
    for known, make in DRIVERS.items():
        try:
            return make(data_root)
        except Unsupported as error:
            problems.append(f"{known}: {error}")
    raise Unsupported(f"no storage driver works on {data_root}: {'; '.join(problems)}")


def _has_data(home: str) -> bool:
    try:
        return any(name != "l" and not name.startswith(".") for name in os.listdir(home))
    except FileNotFoundError:
        return False
