"""Pools of ZFS in a file, and why there may be none here."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hutch.linux import modules, zfs

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def lacking() -> str:
    """Why no pool can be made on this machine; "" if one can."""
    for name in ("zfs", "zpool"):
        if zfs.program(name) is None:
            return f"there is no {name} command"
    if os.geteuid() == 0 and not os.path.exists(zfs.CONTROL) and not modules.load("zfs"):
        return "this kernel has no zfs module"
    return "" if os.path.exists(zfs.CONTROL) else f"there is no {zfs.CONTROL}"


def run(*words: str) -> str:
    """What zfs(8) or zpool(8) writes."""
    path = zfs.program(words[0])
    assert path is not None
    return subprocess.run([path, *words[1:]], env=_ENVIRONMENT, check=True, capture_output=True, text=True).stdout


@contextmanager
def pool(name: str, image: Path, size: int = 1 << 30) -> Iterator[None]:
    """A new pool in the file ``image``, which is mounted nowhere and destroyed at the end."""
    with image.open("xb") as file:
        file.truncate(size)
    run("zpool", "create", "-o", "cachefile=none", "-O", "mountpoint=none", "-O", "canmount=off", name, str(image))
    try:
        yield
    finally:
        _patiently("zpool", "destroy", name)


def destroy(dataset: str) -> None:
    """Destroy the file system with all that is below it, which may be clones of each other."""
    _patiently("zfs", "destroy", "-R", dataset)


def _patiently(*words: str) -> None:
    """The last mounts may be on their way out still."""
    end = time.monotonic() + 30
    while True:
        try:
            run(*words)
            return
        except subprocess.CalledProcessError as error:
            if "busy" not in error.stderr or time.monotonic() > end:
                raise
        time.sleep(0.1)
