"""The storage drivers by name, and which one is used.

The table is in the order in which drivers are tried when none is named, as dockerd tries them. A new driver is one
file beside this one and one line here: its class, its probe, and the names of the ``--storage-opt`` it takes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hutch.model.errors import Invalid, Unsupported
from hutch.storage import btrfs, devicemapper, fuse_overlayfs, overlay2, vfs, zfs
from hutch.storage.driver import StorageDriver

_log = logging.getLogger(__name__)

Make = Callable[[str, Mapping[str, str]], StorageDriver]


class Known(NamedTuple):
    """What is known of a driver before it is opened."""

    make: Make
    """Opens it on a data root with its options. Raises Invalid for an option's value, Unsupported."""
    probe: Callable[[str], str | None]
    """Why the driver cannot work on this data root, which exists; None if it can. Leaves nothing behind."""
    options: tuple[str, ...] = ()
    """Names of the ``--storage-opt`` it takes."""
    automatic: bool = True
    """Whether it is tried when nobody names a driver."""


DRIVERS: dict[str, Known] = {
    "overlay2": Known(overlay2.Overlay2, overlay2.why_not, overlay2.OPTIONS),
    "fuse-overlayfs": Known(lambda root, _: fuse_overlayfs.FuseOverlayfs(root), fuse_overlayfs.why_not),
    "btrfs": Known(btrfs.Btrfs, btrfs.why_not, btrfs.OPTIONS),
    "zfs": Known(zfs.Zfs, zfs.why_not, zfs.OPTIONS),
    "devicemapper": Known(devicemapper.Devicemapper, devicemapper.why_not, devicemapper.OPTIONS, automatic=False),
    "vfs": Known(vfs.Vfs, lambda _: None, vfs.OPTIONS),
}

REMOVED = ("aufs", "overlay")
"""Drivers that Docker had once and refuses by name today; so does this engine, in its words (docs/storage.md)."""


class Choice(NamedTuple):
    """An open driver and why it was taken."""

    driver: StorageDriver
    reason: str


def open_driver(data_root: str, name: str = "", options: Sequence[str] = ()) -> Choice:
    """The driver ``name`` on ``data_root``; without a name the one that has data there, else the first that works.

    ``options`` are ``--storage-opt`` texts (``overlay2.size=10G``). Raises Invalid for an unknown name, an unknown
    option, or data of several drivers, Unsupported if the driver cannot work here; texts as dockerd's.
    """
    given = parse(options)
    if name:
        _log.info("[graphdriver] trying configured driver: %s", name)
        return Choice(_open(data_root, name, given), "named by --storage-driver, daemon.json or the environment")
    used = [known for known in DRIVERS if _has_data(os.path.join(data_root, known))]
    if len(used) > 1:
        raise Invalid(f"{data_root} contains several valid graphdrivers: {', '.join(used)}; "
                      "cleanup or explicitly choose storage driver (-s <DRIVER>)")  # fmt: skip
    if used:
        _log.info("[graphdriver] using prior storage driver: %s", used[0])
        return Choice(_open(data_root, used[0], given), f"{os.path.join(data_root, used[0])} has data")
    problems: list[str] = []
    for known, about in DRIVERS.items():
        if not about.automatic:
            continue
        problem = about.probe(data_root)
        if problem is None:
            because = f"first that works ({'; '.join(problems)})" if problems else "first that works"
            return Choice(_open(data_root, known, given), because)
        problems.append(f"{known}: {problem}")
    raise Unsupported(f"no supported storage driver found: {'; '.join(problems)}")


def parse(options: Sequence[str]) -> dict[str, str]:
    """``--storage-opt`` texts as names in small letters and values. Raises Invalid; the last of a name counts. Pure."""
    given = {}
    for text in options:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise Invalid(f"Unable to parse key/value option: {text!r}", hint="the form is NAME=VALUE")
        given[key.strip().lower()] = value.strip()
    return given


def _open(data_root: str, name: str, given: Mapping[str, str]) -> StorageDriver:
    if name in REMOVED and name not in DRIVERS:
        raise Unsupported(
            f"[graphdriver] ERROR: the {name} storage-driver has been deprecated and removed; "
            "visit https://docs.docker.com/go/storage-driver/ for more information"
        )
    if name not in DRIVERS:
        raise Invalid(f"driver not supported: unknown storage driver {name!r}", hint=f"there are {', '.join(DRIVERS)}")
    about = DRIVERS[name]
    for option in given:
        if not about.options:
            raise Invalid(f"--storage-opt is not supported by {name}: {option}")
        if option not in about.options:
            raise Invalid(f"{name}: unknown option {option}", hint=f"there are {', '.join(about.options)}")
    return about.make(data_root, given)


def _has_data(home: str) -> bool:
    try:
        return any(name != "l" and not name.startswith(".") for name in os.listdir(home))
    except FileNotFoundError:
        return False
