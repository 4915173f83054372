"""Images that hutch makes itself, when they are first asked for: no registry, no network.

``hello-world`` is a static program of our own bytes, ``busybox`` the machine's static busybox with its applets'
names. The same busybox gives the same image, byte for byte.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO

from hutch.images import elf
from hutch.images.import_ import import_
from hutch.images.store import Store
from hutch.model import platform, reference
from hutch.model.errors import Unavailable
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, REGULAR, SYMLINK, Entry

CREATED = "2026-01-01T00:00:00Z"
BUSYBOX = ("/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static", "/usr/lib/initcpio/busybox")

HELLO = b"""
Hello from hutch!
If you can read this, your installation works: a container has just run.

What happened on the way:
 1. The hutch command asked the hutchd daemon for a container of the image "hello-world".
 2. The daemon made that image itself, from a few hundred bytes of machine code, and
    laid a writable layer over it.
 3. Its launcher gave the program namespaces, a control group, a root of its own and few
    privileges, and executed it.
 4. The program wrote this text; a keeper process passed it to you, and the program ended.

Something bigger to try:
 $ hutch run -it busybox sh
 $ hutch image bootstrap debian:bookworm && hutch run -it debian:bookworm bash
"""

_FOLDERS = (("bin", 0o755), ("dev", 0o755), ("etc", 0o755), ("home", 0o755), ("proc", 0o755), ("root", 0o700),
            ("sys", 0o755), ("tmp", 0o1777), ("usr", 0o755), ("usr/bin", 0o755), ("var", 0o755),
            ("var/run", 0o755), ("var/tmp", 0o1777))  # fmt: skip
_ACCOUNTS = (
    "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nwww-data:x:33:33:www-data:/var/www:"
    "/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n"
)
_GROUP = "root:x:0:\ndaemon:x:1:\nadm:x:4:\ntty:x:5:\nwww-data:x:33:\nusers:x:100:\nnobody:x:65534:\n"


def is_builtin(named: reference.Reference) -> bool:
    """Whether the name is that of a built-in image."""
    return named.name in _MAKERS and named.tag == reference.DEFAULT_TAG and not named.digest


def create(store: Store, named: reference.Reference) -> None:
    """Make the built-in image ``named`` and tag it. Raises Unavailable if the machine lacks what it is made of."""
    make, changes = _MAKERS[named.name]
    archive = BytesIO(b"".join(make()))
    for _ in import_(
        store, archive.read, repo=named.name, tag=str(named.tag), message="built in to hutch", changes=changes,
        created=CREATED,
    ):  # fmt: skip
        pass


def _hello() -> Iterator[bytes]:
    yield from _file("hello", elf.prints(platform.host().architecture, HELLO), 0o755)
    yield write.END


def _busybox() -> Iterator[bytes]:
    path, applets = find_busybox()
    for name, mode in _FOLDERS:
        entry = Entry(name.encode() + b"/", FOLDER, mode)
        yield write.head(entry)
    with open(path, "rb") as file:
        yield from _file("bin/busybox", file.read(), 0o755)
    for applet in applets:
        entry = Entry(b"bin/" + applet.encode(), SYMLINK, 0o777)
        entry.link = b"busybox"
        yield write.head(entry)
    entry = Entry(b"usr/bin/env", SYMLINK, 0o777)
    entry.link = b"../../bin/busybox"
    yield write.head(entry)
    yield from _file("etc/passwd", _ACCOUNTS.encode(), 0o644)
    yield from _file("etc/group", _GROUP.encode(), 0o644)
    yield write.END


def _file(name: str, content: bytes, mode: int) -> Iterator[bytes]:
    entry = Entry(name.encode(), REGULAR, mode, len(content))
    yield write.head(entry) + content + bytes(-len(content) % 512)


def find_busybox() -> tuple[str, list[str]]:
    """(path, applets but itself) of a static busybox. Raises Unavailable saying how to get one."""
    for path in BUSYBOX:
        if os.path.isfile(path) and is_static(path):
            done = subprocess.run([path, "--list"], env={}, cwd="/", capture_output=True, timeout=30, check=False)
            names = done.stdout.decode("ascii", "replace").split()
            if done.returncode == 0 and names:
                safe = {n for n in names if n.isprintable() and "/" not in n and not n.startswith(".")}
                return path, sorted(safe - {"busybox"})
    raise Unavailable(
        "the built-in image busybox needs a static busybox on this machine", hint="install busybox-static"
    )


def is_static(path: str) -> bool:
    """Whether the ELF file asks for no dynamic loader (elf(5), PT_INTERP)."""
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:5] != b"\x7fELF\x02":
            return False
        offset = int.from_bytes(head[32:40], "little")
        size, count = int.from_bytes(head[54:56], "little"), int.from_bytes(head[56:58], "little")
        file.seek(offset)
        table = file.read(size * count)
    return all(int.from_bytes(table[at : at + 4], "little") != 3 for at in range(0, len(table), size or 1))


_MAKERS: dict[str, tuple[Callable[[], Iterator[bytes]], tuple[str, ...]]] = {
    "docker.io/library/hello-world": (_hello, ('CMD ["/hello"]',)),
    "docker.io/library/busybox": (
        _busybox,
        ('CMD ["sh"]', "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ),
}
