"""``cp``: files out of and into a container (Engine API, ``/containers/{id}/archive``).

Everything happens below a :class:`~hutch.engine.view.View`: a container that swaps its files meanwhile can spoil the
copy, and reach nothing that is not its own (CVE-2018-15664). Nothing of the container is executed or loaded
(CVE-2019-14271), not even to decompress (CVE-2026-41567).
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat as stats
from collections.abc import Callable, Iterator
from typing import Any

from hutch.engine.view import View
from hutch.images import compression
from hutch.images.tar.extract import Extractor, Manner
from hutch.images.tar.pack import Packer
from hutch.images.tar.tree import ADDED, Found, Walk
from hutch.linux import mount
from hutch.model import timestamp
from hutch.model.errors import HutchError, Invalid, NotFound, System
from hutch.model.tar import write
from hutch.model.tar.reader import Reader

Json = dict[str, Any]
_LINKS = 255
_KERNELS = frozenset(
    (0x9FA0, 0x62656572, 0x27E0EB, 0x63677270, 0x1CD1, 0x19800202, 0x73636673, 0x64626720, 0x74726163, 0xCAFE4A11)
)
"""File systems without files: proc, sysfs, cgroup, cgroup2, devpts, mqueue, securityfs, debugfs, tracefs, bpf."""
_GO_TYPES = {
    stats.S_IFDIR: 1 << 31, stats.S_IFLNK: 1 << 27, stats.S_IFBLK: 1 << 26, stats.S_IFCHR: 1 << 26 | 1 << 21,
    stats.S_IFIFO: 1 << 25, stats.S_IFSOCK: 1 << 24,
}  # fmt: skip


def absolute(path: str) -> str:
    """The path from the container's root, cleaned, with a final ``/`` or ``/.`` kept: both ask for a folder. Pure."""
    clean = posixpath.normpath("/" + path).replace("//", "/")
    if path in (".", "..") or path.endswith(("/.", "/..")):
        return clean.rstrip("/") + "/."
    return clean + "/" if path.endswith("/") and clean != "/" else clean


def base(path: str) -> str:
    """The last name of an :func:`absolute` path, as it begins the names in the archive; ``/`` of the root. Pure."""
    return posixpath.basename(path.rstrip("/")) or "/"


def go_mode(mode: int) -> int:
    """``st_mode`` as Go's ``fs.FileMode`` has it. Pure."""
    special = (stats.S_ISUID, 1 << 23), (stats.S_ISGID, 1 << 22), (stats.S_ISVTX, 1 << 20)
    return mode & 0o777 | _GO_TYPES.get(stats.S_IFMT(mode), 0) | sum(bit for flag, bit in special if mode & flag)


def find(view: View, path: str, ref: str) -> int:
    """An ``O_PATH`` descriptor of what the absolute path names, a link at its end itself. Raises NotFound, System."""
    try:
        return view.resolve(path, follow=False)
    except OSError as error:
        raise _failure(error, path, ref) from None


def _failure(error: OSError, path: str, ref: str) -> HutchError:
    if error.errno == errno.ENOENT:
        return NotFound(f"Could not find the file {path.rstrip('.').rstrip('/') or '/'} in container {ref}")
    return System(f"lstat {path}: {(error.strerror or '').lower()}")


def stat(view: View, path: str, ref: str) -> Json:
    """The PathStat of the API. Raises NotFound, System."""
    node = find(view, path, ref)
    try:
        status = os.fstat(node)
    finally:
        os.close(node)
    return {
        "name": base(path),
        "size": status.st_size,
        "mode": go_mode(status.st_mode),
        "mtime": timestamp.rfc3339(status.st_mtime_ns),
        "linkTarget": evaluate(view, path) if stats.S_ISLNK(status.st_mode) else "",
    }


def evaluate(view: View, path: str) -> str:
    """The absolute path with every link in it followed, as far as it exists. Only text: what it says may be outdated.

    Raises System for a circle of links.
    """
    pending = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    done: list[str] = []
    links = 0
    while pending:
        part = pending.pop()
        if part == "..":
            done = done[:-1]
            continue
        here = "/" + "/".join([*done, part])
        try:
            target = os.fsdecode(view.readlink(here))
        except OSError:  # no link, or nothing there
            done.append(part)
            continue
        links += 1
        if links > _LINKS:
            raise System(f"evalSymlinksInScope: too many links in {path}")
        if target.startswith("/"):
            done = []
        pending += [part for part in reversed(target.split("/")) if part not in ("", ".")]
    return "/" + "/".join(done)


def read(view: View, path: str, ref: str) -> Iterator[bytes]:
    """The tar of what the absolute path names, its names beginning with :func:`base`; closes the view at its end."""
    return write.gathered(_entries(view, path, ref))


def _entries(view: View, path: str, ref: str) -> Iterator[bytes]:
    node = find(view, path, ref)
    try:
        packer, name = Packer(), os.fsencode(base(path).rstrip("/"))
        top = Found(ADDED, b"", node, os.fstat(node), None)
        yield from packer.entry(top, name)
        if top.folder:
            for found in Walk(node, enter=_gate(view, top)):
                yield from packer.entry(found, name + b"/" + found.path)
        yield write.END
    finally:
        os.close(node)
        view.close()


def _gate(view: View, top: Found) -> Callable[[Found], bool]:
    """Whether a copy goes into a folder: not into what the kernel shows there, nor into the devices of a running
    container, which no image of it would have."""
    if not view.live:
        return lambda _: True
    known = {top.status.st_dev: True}
    devices = _identity(view, "/dev")

    def enter(found: Found) -> bool:
        if (found.status.st_dev, found.status.st_ino) == devices:
            return False
        answer = known.get(found.status.st_dev)
        if answer is None:
            answer = known[found.status.st_dev] = mount.filesystem_magic(found.fd) not in _KERNELS
        return answer

    return enter


def _identity(view: View, path: str) -> tuple[int, int] | None:
    try:
        status = view.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def extract(view: View, path: str, ref: str, body: Callable[[int], bytes], manner: Manner) -> None:
    """Unpack the (compressed) tar that ``body(n)`` gives into the folder that the absolute path names.

    Raises NotFound, System, Invalid, OSError; what was unpacked stays then.
    """
    try:
        folder = view.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if error.errno == errno.ENOTDIR:
            raise Invalid("extraction point is not a directory") from None
        raise _failure(error, path, ref) from None
    try:
        _check_writable(view, folder)
        where = os.fsencode(evaluate(view, path))
        extractor = Extractor(folder, scope=(view, where), manner=manner)
    except BaseException:
        os.close(folder)
        raise
    extractor.run(Reader(compression.decompress(body)))
    while body(1 << 20):  # what follows the archive's end is read, so that the connection can be used again
        pass


def _check_writable(view: View, folder: int) -> None:
    if not os.fstatvfs(folder).f_flag & os.ST_RDONLY:
        return
    same = os.fstat(folder).st_dev == os.fstat(view.fd).st_dev
    raise System("container rootfs is marked read-only" if same else "mounted volume is marked read-only")
