"""Mounts as a client asks for them (``--mount``) and as ``inspect`` shows them (Engine API 1.55, Mount, MountPoint)."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class BindOptions(msgspec.Struct, rename="pascal"):
    """Options of type bind."""

    omitempty: ClassVar[frozenset[str]] = frozenset(
        {"propagation", "non_recursive", "create_mountpoint", "read_only_non_recursive", "read_only_force_recursive"}
    )
    propagation: str = ""
    non_recursive: bool = False
    create_mountpoint: bool = False
    read_only_non_recursive: bool = False
    read_only_force_recursive: bool = False


class DriverConfig(msgspec.Struct, rename="pascal"):
    """The volume driver for a volume that is made with the container."""

    omitempty: ClassVar[frozenset[str]] = frozenset({"name", "options"})
    name: str = ""
    options: dict[str, str] | None = None


class VolumeOptions(msgspec.Struct, rename="pascal"):
    """Options of type volume."""

    omitempty: ClassVar[frozenset[str]] = frozenset({"no_copy", "labels", "subpath", "driver_config"})
    no_copy: bool = False
    labels: dict[str, str] | None = None
    subpath: str = ""
    driver_config: DriverConfig | None = None


class ImageOptions(msgspec.Struct, rename="pascal"):
    """Options of type image."""

    omitempty: ClassVar[frozenset[str]] = frozenset({"subpath"})
    subpath: str = ""


class TmpfsOptions(msgspec.Struct, rename="pascal"):
    """Options of type tmpfs: size in bytes, permission bits, further options as [name] or [name, value]."""

    omitempty: ClassVar[frozenset[str]] = frozenset({"size_bytes", "mode", "options"})
    size_bytes: int = 0
    mode: int = 0
    options: list[list[str]] | None = None


class MountRequest(msgspec.Struct, rename="pascal"):
    """One ``--mount``: type bind, volume, tmpfs, image, cluster or npipe."""

    omitempty: ClassVar[frozenset[str]] = frozenset(
        {"type", "source", "target", "read_only", "consistency"}
        | {"bind_options", "volume_options", "image_options", "tmpfs_options"}
    )
    type: str = ""
    source: str = ""
    target: str = ""
    read_only: bool = False
    consistency: str = ""
    bind_options: BindOptions | None = None
    volume_options: VolumeOptions | None = None
    image_options: ImageOptions | None = None
    tmpfs_options: TmpfsOptions | None = None


class MountPoint(msgspec.Struct, rename="pascal"):
    """One mount of a container as ``inspect`` shows it."""

    omitempty: ClassVar[frozenset[str]] = frozenset({"type", "name", "driver"})
    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    driver: str = ""
    mode: str = ""
    rw: bool = msgspec.field(default=False, name="RW")
    propagation: str = ""
