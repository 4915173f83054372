"""Device nodes of the host: what ``--device`` names, all of them for privileged containers, and numbers of disks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from hutch.model.errors import System
from hutch.model.host_config import HostConfig
from hutch.spec import devices
from hutch.spec.devices import HostDevice

_SKIPPED = frozenset(("pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"))
_DEEPEST = 8
_MOST = 10_000


def wanted(host: HostConfig) -> list[HostDevice]:
    """The nodes that a container gets: all when it is privileged, and those it asks for. Raises System, Invalid."""
    out = {device.path: device for device in _below("/dev", "/dev", "rwm")} if host.privileged else {}
    for mapping in host.devices or ():
        access = devices.check_mapping(mapping)
        found = list(_named(mapping.path_on_host, access))
        if not found:
            problem = f'error gathering device information while adding custom device "{mapping.path_on_host}"'
            there = os.path.exists(mapping.path_on_host)
            raise System(f"{problem}: {'not a device node' if there else 'no such file or directory'}")
        for device in found:
            target = devices.place(mapping, device.path)
            out[target] = _at(device, target)
    return list(out.values())


def _at(device: HostDevice, path: str) -> HostDevice:
    return HostDevice(**{**{f: getattr(device, f) for f in device.__struct_fields__}, "path": path})


def _named(path: str, access: str) -> Iterator[HostDevice]:
    try:
        real = os.path.realpath(path)
        status = os.stat(real)
    except OSError:
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _below(real, path.rstrip("/"), access)
    elif (device := _device(real, path, status, access)) is not None:
        yield device


def _below(folder: str, shown: str, access: str, depth: int = 0) -> Iterator[HostDevice]:
    """Every node below a folder; symbolic links and the kernel's own file systems in /dev are passed over."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries[:_MOST]:
        path = f"{shown}/{entry.name}"
        if entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _SKIPPED and depth < _DEEPEST:
                yield from _below(entry.path, path, access, depth + 1)
        elif entry.name not in _SKIPPED:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if (device := _device(entry.path, path, status, access)) is not None:
                yield device


def _device(real: str, shown: str, status: os.stat_result, access: str) -> HostDevice | None:
    kind = "c" if stat.S_ISCHR(status.st_mode) else "b" if stat.S_ISBLK(status.st_mode) else ""
    if not kind or not real:
        return None
    return HostDevice(
        path=shown,
        kind=kind,
        major=os.major(status.st_rdev),
        minor=os.minor(status.st_rdev),
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        access=access,
    )


def numbers(host: HostConfig) -> dict[str, tuple[int, int]]:
    """Major and minor of every block device that a limit names by path. Raises System for one that is not there."""
    limits = (
        host.blkio_device_read_bps,
        host.blkio_device_write_bps,
        host.blkio_device_read_iops,
        host.blkio_device_write_iops,
    )
    paths = {each.path for many in limits for each in many or ()}
    paths |= {each.path for each in host.blkio_weight_device or ()}
    out = {}
    for path in paths:
        try:
            status = os.stat(path)
        except OSError as error:
            raise System(f"stat {path}: {(error.strerror or '').lower()}") from None
        out[path] = (os.major(status.st_rdev), os.minor(status.st_rdev))
    return out
