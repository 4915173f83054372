"""An archive becomes files of this machine. It comes from a container, so nothing in it is trusted.

Folders are opened one by one with ``O_NOFOLLOW`` and kept, files are made anew or not at all: a link in the archive is
made as it is and never followed (CVE-2018-15664). Owners are who runs the command; times and modes are the archive's.
"""

from __future__ import annotations

import os
import stat

from hutch.cli.errors import CommandError
from hutch.model.limits import DEFAULT
from hutch.model.tar import header
from hutch.model.tar.reader import Reader, clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hutch.model.tar.header import Entry

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_KEPT = 64


class Unpacker:
    """Unpacks one archive into the folder ``path``; ``rename`` gives the entries other names."""

    def __init__(self, path: str, rename: Callable[[bytes], bytes]) -> None:
        self._path = os.path.normpath(path)
        self._rename = rename
        try:
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CommandError(f"open {path}: {(error.strerror or '').lower()}") from None
        self._folders: dict[bytes, int] = {}
        self._times: list[tuple[bytes, int]] = []
        self._umask = os.umask(0)
        os.umask(self._umask)

    def run(self, pieces: Iterable[bytes]) -> None:
        """Unpack all of it; what was unpacked before an error stays. Raises CommandError."""
        reader = Reader(pieces)
        try:
            for entry in reader:
                self._entry(reader, entry)
            for path, mtime in reversed(self._times):
                above, _, name = path.rpartition(b"/")
                os.utime(name, ns=(mtime, mtime), dir_fd=self._folder(above), follow_symlinks=False)
        except OSError as error:
            where = os.fsdecode(error.filename or "")
            raise CommandError(f"{self._path}: {where}: {(error.strerror or '').lower()}") from None
        finally:
            self._forget()
            os.close(self._root)

    def _entry(self, reader: Reader, entry: Entry) -> None:
        path = clean(self._rename(entry.name), DEFAULT)
        if not path:
            return
        above, _, name = path.rpartition(b"/")
        parent = self._folder(above)
        try:
            self._make(reader, entry, parent, name, path)
        except FileExistsError:
            if not self._replace(entry, parent, name, path):
                self._make(reader, entry, parent, name, path)
        if entry.kind == header.FOLDER:
            self._times.append((path, entry.mtime))

    def _replace(self, entry: Entry, parent: int, name: bytes, path: bytes) -> bool:
        """Remove what is there; True if it is a folder that the entry is merged with. Raises CommandError."""
        folder = stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
        full = os.path.join(self._path, os.fsdecode(path))
        if folder and entry.kind != header.FOLDER:
            raise CommandError(f'cannot overwrite directory "{full}" with non-directory "{self._path}"')
        if not folder and entry.kind == header.FOLDER:
            raise CommandError(f'cannot overwrite non-directory "{full}" with directory "{self._path}"')
        if folder:
            _chmod(parent, name, entry.mode)
        else:
            os.unlink(name, dir_fd=parent)
        return folder

    def _make(self, reader: Reader, entry: Entry, parent: int, name: bytes, path: bytes) -> None:
        mode = entry.mode & 0o7777
        if entry.kind == header.REGULAR:
            self._file(reader, entry, parent, name)
        elif entry.kind == header.FOLDER:
            os.mkdir(name, mode & 0o777 | 0o700, dir_fd=parent)
            if mode & (self._umask | 0o7000) or mode & 0o700 != 0o700:
                _chmod(parent, name, mode)
        elif entry.kind == header.SYMLINK:
            os.symlink(entry.link, name, dir_fd=parent)
            os.utime(name, ns=(entry.mtime, entry.mtime), dir_fd=parent, follow_symlinks=False)
        elif entry.kind == header.HARDLINK:
            self._hard_link(entry, parent, name)
        elif entry.kind in header.NODES:
            os.mknod(name, header.NODES[entry.kind] | mode & 0o777, os.makedev(entry.major, entry.minor), dir_fd=parent)
            os.utime(name, ns=(entry.mtime, entry.mtime), dir_fd=parent, follow_symlinks=False)
        else:
            raise CommandError(f"{os.fsdecode(path)}: unhandled tar header type {entry.kind!r}")

    def _file(self, reader: Reader, entry: Entry, parent: int, name: bytes) -> None:
        mode = entry.mode & 0o7777
        fd = os.open(name, _NEW, mode & 0o777, dir_fd=parent)
        try:
            reader.copy(entry, fd)
            if mode & (self._umask | 0o7000):
                os.fchmod(fd, mode)
            if entry.xattrs and os.geteuid() == 0:
                for key, value in entry.xattrs.items():
                    if key == "security.capability":
                        os.setxattr(fd, key, value)
            os.utime(fd, ns=(entry.mtime, entry.mtime))
        finally:
            os.close(fd)

    def _hard_link(self, entry: Entry, parent: int, name: bytes) -> None:
        target = clean(self._rename(entry.link), DEFAULT)
        above, _, last = target.rpartition(b"/")
        held = os.dup(parent)  # the target's folder may push it out of what is kept
        try:
            os.link(last, name, src_dir_fd=self._folder(above), dst_dir_fd=held, follow_symlinks=False)
        finally:
            os.close(held)

    def _folder(self, path: bytes) -> int:
        """The descriptor of a folder of the archive; made where it is missing."""
        if not path:
            return self._root
        if (known := self._folders.get(path)) is not None:
            return known
        if len(self._folders) >= _KEPT:
            self._forget()
        above, _, name = path.rpartition(b"/")
        parent = self._folder(above)
        try:
            fd = os.open(name, _FOLDER, dir_fd=parent)
        except FileNotFoundError:
            os.mkdir(name, 0o755, dir_fd=parent)
            fd = os.open(name, _FOLDER, dir_fd=parent)
        self._folders[path] = fd
        return fd

    def _forget(self) -> None:
        for fd in self._folders.values():
            os.close(fd)
        self._folders.clear()


def _chmod(parent: int, name: bytes, mode: int) -> None:
    """The mode of a folder; never of what a link in its place leads to."""
    fd = os.open(name, _FOLDER, dir_fd=parent)
    try:
        os.fchmod(fd, mode & 0o7777)
    finally:
        os.close(fd)
