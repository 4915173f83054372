"""The outside of an image archive (docker-archive, OCI layout): its files, spooled by name.

The manifest of such an archive comes after the layers it describes, so everything is put into private files first and
hashed on the way. Names are keys of a table here and never paths on this machine.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import NamedTuple

from hutch.images import compression
from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT, Limits
from hutch.model.tar import header
from hutch.model.tar.reader import Reader, clean, text

_ENTRIES = 20_000


class Spooled(NamedTuple):
    """One file of the archive."""

    path: str
    size: int
    digest: str


class Archive:
    """The files of one archive; links inside it are resolved by :meth:`file`."""

    def __init__(self, new_file: Callable[[], str], limits: Limits = DEFAULT) -> None:
        """``new_file`` gives names of files that do not exist yet."""
        self._new_file = new_file
        self._limits = limits
        self._files: dict[bytes, Spooled] = {}
        self._links: dict[bytes, bytes] = {}

    def spool(self, read: Callable[[int], bytes]) -> None:
        """Read the whole archive, compressed or not. Raises Invalid."""
        reader = Reader(compression.decompress(read, self._limits), self._limits._replace(entries=_ENTRIES))
        for entry in reader:
            name = clean(entry.name, self._limits)
            if entry.kind == header.REGULAR:
                self._files[name] = self._file(reader, entry)
                self._links.pop(name, None)
            elif entry.kind in (header.SYMLINK, header.HARDLINK):
                folder = name.rpartition(b"/")[0] if entry.kind == header.SYMLINK else b""
                self._links[name] = clean(folder + b"/" + entry.link, self._limits)
            elif entry.kind != header.FOLDER:
                raise Invalid(f"image archive has a {text(entry.name)} that is neither file nor folder")

    def _file(self, reader: Reader, entry: header.Entry) -> Spooled:
        if entry.sparse is not None:
            raise Invalid(f"image archive has a sparse file {text(entry.name)}")
        path = self._new_file()
        hashed = hashlib.sha256()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            reader.copy(entry, fd, hashed.update)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)  # begins to write it to the disk, where it is to be
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(fd)
        return Spooled(path, entry.size, "sha256:" + hashed.hexdigest())

    def file(self, name: str) -> Spooled:
        """The file ``name``, through links inside the archive. Raises Invalid if it is not there."""
        key = clean(name.encode("utf-8", "surrogateescape"), self._limits)
        for _ in range(8):
            if key in self._files:
                return self._files[key]
            if key not in self._links:
                break
            key = self._links[key]
        raise Invalid(f"image archive has no file {text(name.encode('utf-8', 'surrogateescape'))}")

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        try:
            self.file(name)
        except Invalid:
            return False
        return True

    def read(self, name: str) -> bytes:
        """The content of a document. Raises Invalid if it is too large."""
        found = self.file(name)
        if found.size > self._limits.document:
            raise Invalid(f"{name[:200]} is larger than {self._limits.document} bytes")
        with open(found.path, "rb") as file:
            return file.read()

    def blob(self, digest: str, size: int | None = None) -> Spooled:
        """A blob of an OCI layout, whose content and size are as announced. Raises Invalid."""
        algorithm, _, digits = digest.partition(":")
        found = self.file(f"blobs/{algorithm}/{digits}")
        if algorithm == "sha256" and found.digest != digest:
            raise Invalid(f"blob {digest} does not match its digest: it is {found.digest}")
        if algorithm != "sha256":
            raise Invalid(f"blob {digest[:100]}: only sha256 is supported in archives")
        if size is not None and found.size != size:
            raise Invalid(f"blob {digest} has {found.size} bytes instead of {size}")
        return found

    def close(self) -> None:
        """Remove what is still there of the spooled files."""
        for found in self._files.values():
            if os.path.lexists(found.path):
                os.unlink(found.path)
