"""A file system in a file, for drivers that want a certain one below them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hutch.linux import loop, mount


@contextmanager
def disk(image: Path, size: int, make: list[str], options: tuple[str, ...] = ()) -> Iterator[Path]:
    """The root folder of a new file system of ``size`` bytes in the file ``image``, made by ``make`` (a mkfs command,
    ``mkfs.KIND ...``). It is mounted detached: no mount table shows it, and it ends with this process."""
    kind = os.path.basename(make[0]).partition(".")[2]
    with image.open("xb") as file:
        file.truncate(size)
    subprocess.run([*make, str(image)], check=True, stdout=subprocess.DEVNULL)
    device, path = loop.attach(str(image))
    try:
        fd = mount.new_mount(kind, path, options)
    finally:
        os.close(device)
    try:
        yield Path(f"/proc/{os.getpid()}/fd/{fd}/.")
    finally:
        os.close(fd)
