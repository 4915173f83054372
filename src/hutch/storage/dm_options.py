"""The ``--storage-opt dm.*`` of the devicemapper driver."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import NamedTuple

from hutch.model.errors import Invalid
from hutch.model.size import parse_size
from hutch.storage import formatting

OPTIONS: tuple[str, ...] = (
    "dm.basesize",
    "dm.blkdiscard",
    "dm.blocksize",
    "dm.datadev",
    "dm.fs",
    "dm.loopdatasize",
    "dm.loopmetadatasize",
    "dm.metadatadev",
    "dm.min_free_space",
    "dm.mkfsarg",
    "dm.mountopt",
    "dm.override_udev_sync_check",
    "dm.thinpooldev",
    "dm.use_deferred_deletion",
    "dm.use_deferred_removal",
)
"""Their names. ``dm.directlvm_device`` and what belongs to it (LVM's programs), ``dm.xfs_nospace_max_retries`` and
``dm.libdm_log_level`` (a library that is not used) are unknown."""

_TRUE, _FALSE = ("1", "t", "true"), ("0", "f", "false")


class Options(NamedTuple):
    """What they say, sizes in bytes."""

    base: int = 10 << 30
    discard: bool = True
    block: int = 64 << 10
    data_device: str = ""
    metadata_device: str = ""
    kind: str = ""
    data_size: int = 100 << 30
    metadata_size: int = 2 << 30
    least_free: int = 10
    """Percent of the pool."""
    arguments: tuple[str, ...] = ()
    mount: tuple[str, ...] = ()
    pool: str = ""
    deferred_removal: bool = True

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Options:
        """Read them. Raises Invalid for a value, or for options that exclude each other. Pure."""
        pool = given.get("dm.thinpooldev", "").removeprefix("/dev/mapper/")
        data, metadata = given.get("dm.datadev", ""), given.get("dm.metadatadev", "")
        if pool and (data or metadata):
            raise Invalid("dm.thinpooldev cannot be combined with dm.datadev and dm.metadatadev")
        if bool(data) != bool(metadata):
            raise Invalid("dm.datadev and dm.metadatadev need each other")
        for device in (data, metadata):
            if device and not device.startswith("/dev/"):
                raise Invalid(f"{device} is not the path of a block device")
        kind = given.get("dm.fs", "")
        if kind and kind not in formatting.KINDS:
            raise Invalid(f"devmapper: Unsupported filesystem {kind}", hint="there are xfs and ext4")
        if not _flag(given, "dm.use_deferred_deletion", True):
            raise Invalid("dm.use_deferred_deletion=false: volumes are always deleted in the background")
        _flag(given, "dm.override_udev_sync_check", True)  # nothing is left to udev here
        return cls(
            base=_size(given, "dm.basesize", cls._field_defaults["base"]),
            discard=_flag(given, "dm.blkdiscard", not (pool or data)),
            block=_block(_size(given, "dm.blocksize", cls._field_defaults["block"])),
            data_device=data,
            metadata_device=metadata,
            kind=kind,
            data_size=_size(given, "dm.loopdatasize", cls._field_defaults["data_size"]),
            metadata_size=_size(given, "dm.loopmetadatasize", cls._field_defaults["metadata_size"]),
            least_free=_percent(given.get("dm.min_free_space", "10%")),
            arguments=tuple(shlex.split(given.get("dm.mkfsarg", ""))),
            mount=tuple(part for part in given.get("dm.mountopt", "").split(",") if part),
            pool=pool,
            deferred_removal=_flag(given, "dm.use_deferred_removal", True),
        )


def _size(given: Mapping[str, str], name: str, usual: int) -> int:
    size = parse_size(given[name]) // 512 * 512 if name in given else usual
    if size <= 0:
        raise Invalid(f"{name}: invalid size: {given[name]!r}")
    return size


def _block(size: int) -> int:
    """The size of the pool's blocks: between 64 KiB and 1 GiB, a multiple of 64 KiB (thin-provisioning.txt)."""
    if not 64 << 10 <= size <= 1 << 30 or size % (64 << 10):
        raise Invalid(f"dm.blocksize: {size} is not a multiple of 65536 up to 1073741824")
    return size


def _percent(text: str) -> int:
    number = text.removesuffix("%")
    if not text.endswith("%") or not number.isdecimal() or int(number) >= 100:
        raise Invalid(f"dm.min_free_space: invalid value {text!r}", hint="a percentage below 100, such as 10%")
    return int(number)


def _flag(given: Mapping[str, str], name: str, usual: bool) -> bool:
    text = given.get(name, "").lower()
    if not text:
        return usual
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Invalid(f"{name}: invalid syntax: {given[name]!r}", hint="true or false")
