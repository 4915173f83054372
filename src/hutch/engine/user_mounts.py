"""The user's mounts while a container is made, runs, and goes: binds, tmpfs and volumes.

Volumes belong to their room; binds and tmpfs are only values here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from hutch.engine import propagation
from hutch.engine.mounts import FLAT, FOLLOW
from hutch.engine.record import Mounted, Record
from hutch.model import ids
from hutch.model.errors import Invalid, System, Unsupported
from hutch.model.mount import Mount
from hutch.spec import mount_options


class Volumes(Protocol):
    """What the engine needs of the volumes room (``volumes/service.py``)."""

    async def acquire(
        self,
        name: str,
        container: str,
        *,
        anonymous: bool = False,
        labels: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """The host path of the volume, made if it is not there, now used by the container."""

    def is_mount(self, name: str) -> bool:
        """Whether there is a volume of this name that is mounted while it is used."""

    async def enter(self, name: str, container: str) -> None:
        """The container is about to run with the volume."""

    async def leave(self, container: str) -> None:
        """It does not run any more."""

    async def check(self, name: str, subpath: str) -> None:
        """Raise unless there is something at the path in the volume that is to be mounted alone."""

    async def fill(self, name: str, image: Sequence[Mount], path: str, subpath: str = "") -> bool:
        """Copy what the image has at ``path`` into the volume, or the folder ``subpath`` in it, if that is empty."""

    async def release(self, container: str, *, anonymous: bool = False) -> None:
        """The container uses no volume; with ``anonymous`` those that nobody named or uses are removed."""


class UserMounts:
    """Implements what ``create``, ``start`` and ``remove`` need."""

    def __init__(self, volumes: Volumes) -> None:
        self._volumes = volumes

    def is_mount(self, point: Mounted) -> bool:
        """Whether the volume is mounted only when a container begins to run with it."""
        return bool(point.driver_options) or self._volumes.is_mount(point.name)

    async def claim(self, container: str, point: Mounted) -> Mounted:
        """The volume of the mount point, made if it is not there, now used by the container.

        Raises Invalid for a name that cannot be, or another driver (NotFound would make clients pull the image).
        """
        if point.driver not in ("", "local"):
            problem = f'error looking up volume plugin {point.driver}: plugin "{point.driver}" not found'
            raise Invalid(f"create {point.name}: {problem}")
        name = point.name or ids.new()
        source = await self._volumes.acquire(
            name, container, anonymous=point.anonymous, labels=point.labels, options=point.driver_options
        )
        return msgspec.structs.replace(point, name=name, source=source, driver="local")

    async def mount(self, record: Record, root: list[Mount]) -> list[Mount]:
        """The mounts for the OCI config, sources made ready. Raises System for a source that cannot be made."""
        out = []
        for point in record.mounts:
            if point.kind == "volume":
                source = await self._volumes.acquire(point.name, record.id, anonymous=point.anonymous)
                await self._volumes.enter(point.name, record.id)
                if point.subpath:
                    if record.host.runtime != "hutch":
                        raise Unsupported(f"a volume's subpath with runtime {record.host.runtime}")
                    await self._volumes.check(point.name, point.subpath)
                if not point.no_copy and not record.has_run:
                    await self._volumes.fill(point.name, root, point.destination, point.subpath)
                out.append(Mount("bind", source, point.destination, _volume_options(point)))
            elif point.kind == "bind":
                out.append(_bind(point))
            else:
                out.append(_tmpfs(point))
        return out

    @staticmethod
    def describe(record: Record) -> list[Mount]:
        """The same mounts for a container that does not exist; nothing is made, volumes are named by their name."""
        out = []
        for point in record.mounts:
            if point.kind == "tmpfs":
                out.append(_tmpfs(point))
            else:
                source = point.source or point.name or "(anonymous volume)"
                out.append(Mount("bind", source, point.destination, _volume_options(point)))
        return out

    async def ended(self, container: str) -> None:
        """It does not run any more: volumes that are mounts may be unmounted. Raises OSError."""
        await self._volumes.leave(container)

    async def forget(self, container: str, *, anonymous: bool) -> None:
        """The container uses no volume; with ``anonymous`` those that nobody named or uses are removed."""
        await self._volumes.release(container, anonymous=anonymous)


def _volume_options(point: Mounted) -> tuple[str, ...]:
    options = mount_options.bind(read_only=not point.rw)
    return (*options, f"subpath={point.subpath}") if point.subpath else options


def _tmpfs(point: Mounted) -> Mount:
    """A tmpfs with Docker's options, which the user's may take back. Raises Invalid."""
    words = [*point.options, *(() if point.rw or "ro" in point.options else ("ro",))]
    return Mount("tmpfs", "tmpfs", point.destination, mount_options.tmpfs(",".join(words)))


def _bind(point: Mounted) -> Mount:
    """A bind; a source that is not there becomes a folder, as in Docker for ``-v``."""
    if not os.path.lexists(point.source):
        if point.must_exist:
            raise System(f"bind source path does not exist: {point.source}")
        try:
            os.makedirs(point.source, 0o755, exist_ok=True)
        except OSError as error:
            problem = f"error while creating mount source path '{point.source}'"
            raise System(f"{problem}: mkdir {point.source}: {(error.strerror or '').lower()}") from None
    passing = point.propagation
    if FOLLOW not in point.options:
        propagation.check(point.source, passing)
    elif not propagation.possible(point.source, passing):
        passing = "rprivate"
    options = mount_options.bind(
        read_only=not point.rw,
        propagation=passing,
        recursive="bind" not in point.options,
        read_only_recursive=FLAT not in point.options,
    )
    return Mount("bind", point.source, point.destination, options)
