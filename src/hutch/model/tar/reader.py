"""Archives entry by entry, with all that extended headers add: long names, times, attributes, sparse maps.

    reader = Reader(chunks)
    for entry in reader:
        reader.copy(entry, fd)     # or reader.content(entry, limit), or nothing: it is skipped then

Understands ustar, pax (local and global), GNU long names, and sparse files in the four forms that GNU tar has written
(old GNU, pax 0.0, 0.1, 1.0).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT, Limits
from hutch.model.tar import header, sparse
from hutch.model.tar.header import BLOCK, GNU_LABEL, GNU_LINK, GNU_NAME, GNU_SPARSE, PAX, PAX_GLOBAL, ZERO, Entry

_ID_MAX = 0xFFFFFFFE  # (uid_t)-1 means "leave as it is" to chown(2)
_TIME_MAX = 1 << 40  # seconds; some 35,000 years
_XATTR = "SCHILY.xattr."

Records = list[tuple[str, bytes]]


class Stream:
    """Bytes from an iterable of chunks, taken exactly as many as asked for."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._view = memoryview(b"")

    def take(self, count: int) -> memoryview:
        """Between one and ``count`` bytes without copying; none at the end."""
        while not self._view:
            chunk = next(self._chunks, None)
            if chunk is None:
                return self._view
            self._view = memoryview(chunk)
        part, self._view = self._view[:count], self._view[count:]
        return part

    def exactly(self, count: int) -> bytes:
        """``count`` bytes. Raises Invalid if the stream ends before."""
        part = self.take(count)
        if len(part) == count:
            return bytes(part)
        parts, left = [part], count - len(part)
        while left:
            part = self.take(left)
            if not part:
                raise Invalid("tar archive is truncated")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def skip(self, count: int) -> None:
        """Drop ``count`` bytes. Raises Invalid if the stream ends before."""
        while count:
            part = self.take(count)
            if not part:
                raise Invalid("tar archive is truncated")
            count -= len(part)

    def block(self) -> bytes | None:
        """The next header block, or None at the end. Raises Invalid for a part of one."""
        first = self.take(BLOCK)
        if not first:
            return None
        return bytes(first) if len(first) == BLOCK else bytes(first) + self.exactly(BLOCK - len(first))


class Reader:
    """Iterate once; see the module's text. Raises Invalid for what no archive may hold, and beyond ``limits``."""

    def __init__(self, chunks: Iterable[bytes], limits: Limits = DEFAULT) -> None:
        self.limits = limits
        self._stream = Stream(chunks)
        self._global: dict[str, bytes] = {}
        self._left = 0  # bytes of the current entry's content not taken yet
        self._padding = 0
        self._entries = 0

    def __iter__(self) -> Iterator[Entry]:
        while (entry := self._next()) is not None:
            self._entries += 1
            if self._entries > self.limits.entries:
                raise Invalid(f"archive has more than {self.limits.entries} entries")
            yield entry

    def _next(self) -> Entry | None:
        self._stream.skip(self._left + self._padding)
        self._left = self._padding = 0
        name = link = b""
        records: Records = []
        extended = 0
        while True:
            block = self._stream.block()
            if block is None:
                if name or link or records:
                    raise Invalid("tar archive is truncated")
                return None
            if block == ZERO:
                self._end()
                return None
            entry = header.parse(block)
            if entry.kind not in (PAX, PAX_GLOBAL, GNU_NAME, GNU_LINK, GNU_LABEL):
                break
            extended += entry.size
            if extended > self.limits.header:
                raise Invalid(f"archive has an extended header of more than {self.limits.header} bytes")
            body = self._stream.exactly(entry.size)
            self._stream.skip(-entry.size % BLOCK)
            if entry.kind == PAX:
                records = pax_records(body)
            elif entry.kind == PAX_GLOBAL:
                self._global.update(pax_records(body))
                if sum(len(v) for v in self._global.values()) > self.limits.header:
                    raise Invalid(f"archive has global headers of more than {self.limits.header} bytes")
            elif entry.kind == GNU_NAME:
                name = body.split(b"\0", 1)[0]
            elif entry.kind == GNU_LINK:
                link = body.split(b"\0", 1)[0]
        entry.name = name or entry.name
        entry.link = link or entry.link
        self._finish(entry, block, [*self._global.items(), *records] if self._global else records)
        return entry

    def _end(self) -> None:
        """After the first zero block there may be only zeros."""
        while part := self._stream.take(1 << 20):
            if any(part):
                raise Invalid("tar archive has something after its end")

    def _finish(self, entry: Entry, block: bytes, records: Records) -> None:
        """Apply extended records, find the sparse map, and check what no limit may exceed."""
        if records:
            apply_pax(entry, records)
        self._left, self._padding = entry.size, -entry.size % BLOCK
        if entry.kind not in (header.REGULAR, GNU_SPARSE):
            # Only files have content; a size elsewhere (old archives give hard links one) has no blocks behind it.
            if entry.kind in (
                header.HARDLINK,
                header.SYMLINK,
                header.CHAR,
                header.BLOCKDEV,
                header.FIFO,
                header.FOLDER,
            ):
                self._left = self._padding = 0
            entry.size = entry.real_size = 0
        else:
            self._sparse(entry, block, records)
        if entry.kind == header.REGULAR and entry.name.endswith(b"/"):
            entry.kind, entry.size, entry.real_size = header.FOLDER, 0, 0  # archives older than the type flag
        check(entry, self.limits)

    def _sparse(self, entry: Entry, block: bytes, records: Records) -> None:
        """Give ``entry`` its sparse map, if it is a sparse file in any of the four forms."""
        if entry.size > self.limits.size:
            return
        if entry.kind == GNU_SPARSE:
            found, entry.real_size = sparse.old_gnu(block, lambda: self._stream.exactly(BLOCK), self.limits)
            entry.kind = header.REGULAR
        else:
            pax = sparse.from_pax(records, self._map_block, self.limits) if records else None
            if pax is None:
                return
            found, entry.real_size, name, used = pax
            entry.name = name or entry.name
            entry.size -= used
        entry.sparse = sparse.check(entry, found, self.limits)

    def _map_block(self, count: int) -> bytes:
        if self._left < count:
            raise Invalid("sparse map is malformed")
        self._left -= count
        return self._stream.exactly(count)

    def content(self, entry: Entry, limit: int) -> bytes:
        """The whole content of a small file. Raises Invalid if it has more than ``limit`` bytes."""
        if self._left > limit:
            raise Invalid(f"{text(entry.name)} is larger than {limit} bytes")
        count, self._left = self._left, 0
        return self._stream.exactly(count)

    def copy(self, entry: Entry, fd: int, also: Callable[[memoryview], object] | None = None) -> None:
        """Write the content to the file ``fd``, at its offset; ``also`` sees every piece. Raises OSError, Invalid."""
        if entry.sparse is not None:
            for offset, count in entry.sparse:
                os.lseek(fd, offset, os.SEEK_SET)
                self._pump(fd, count, also)
            os.ftruncate(fd, entry.real_size)
            return
        self._pump(fd, self._left, also)

    def _pump(self, fd: int, count: int, also: Callable[[memoryview], object] | None) -> None:
        self._left -= count
        while count:
            part = self._stream.take(count)
            if not part:
                raise Invalid("tar archive is truncated")
            if also is not None:
                also(part)
            count -= len(part)
            _write(fd, part)


def _write(fd: int, part: memoryview) -> None:
    """Write all of ``part``. Raises OSError, which names the file."""
    try:
        while part:
            part = part[os.write(fd, part) :]
    except OSError as error:
        error.filename = os.readlink(f"/proc/self/fd/{fd}")
        raise


def pax_records(body: bytes) -> Records:
    """The records of an extended header: ``LENGTH KEY=VALUE\\n`` each. Raises Invalid."""
    records: Records = []
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + 8)
        digits = body[at:space] if space >= 0 else b""
        if not digits.isdigit():
            if not body[at:].strip(b"\0"):
                break
            raise Invalid("tar extended header is malformed")
        end = at + int(digits)
        key, equals, value = body[space + 1 : end - 1].partition(b"=")
        if end <= space + 1 or end > len(body) or body[end - 1 : end] != b"\n" or not equals:
            raise Invalid("tar extended header is malformed")
        records.append((key.decode("utf-8", "surrogateescape"), value))
        at = end
    return records


def apply_pax(entry: Entry, records: Records) -> None:
    """Overwrite fields of ``entry`` with extended records. Raises Invalid for values that are none."""
    for key, value in records:
        if key == "path":
            entry.name = value
        elif key == "linkpath":
            entry.link = value
        elif key == "size":
            entry.size = entry.real_size = decimal(value)
        elif key == "uid":
            entry.uid = decimal(value)
        elif key == "gid":
            entry.gid = decimal(value)
        elif key == "mtime":
            entry.mtime = nanoseconds(value)
        elif key.startswith(_XATTR):
            entry.xattrs[key[len(_XATTR) :]] = value


def decimal(value: bytes) -> int:
    """A decimal number of at most 20 digits. Raises Invalid."""
    if not value.isdigit() or len(value) > 20:
        raise Invalid("tar extended header has a number that is none")
    return int(value)


def nanoseconds(value: bytes) -> int:
    """A time in seconds with an optional fraction. Raises Invalid."""
    sign = -1 if value.startswith(b"-") else 1
    whole, _, fraction = value.lstrip(b"-").partition(b".")
    if len(fraction) > 100 or (fraction and not fraction.isdigit()):
        raise Invalid("tar extended header has a time that is none")
    return sign * (decimal(whole) * 1_000_000_000 + int(fraction[:9].ljust(9, b"0")))


def check(entry: Entry, limits: Limits) -> None:
    """Raise Invalid for numbers that the kernel would misread and names beyond the limits."""
    for path in (entry.name, entry.link):
        if len(path) > limits.path:
            raise Invalid(f"archive has a name of more than {limits.path} bytes")
        if b"\0" in path:
            raise Invalid("archive has a name with a null byte")
    if not 0 <= entry.uid <= _ID_MAX or not 0 <= entry.gid <= _ID_MAX:
        raise Invalid(f"{text(entry.name)}: owner {entry.uid}:{entry.gid} is out of range")
    if abs(entry.mtime) > _TIME_MAX * 1_000_000_000:
        raise Invalid(f"{text(entry.name)}: time is out of range")
    if entry.real_size > limits.size or entry.size > limits.size:
        raise Invalid(f"{text(entry.name)} is larger than {limits.size} bytes")


def clean(name: bytes, limits: Limits) -> bytes:
    """``name`` relative to the root, without ``.``, ``..`` and doubled slashes; empty for the root itself.

    Raises Invalid if it leads out of the root or lies too deep.
    """
    if b"/" not in name and name not in (b"", b".", b".."):
        return name
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part in (b"", b"."):
            continue
        if part == b"..":
            if not parts:
                raise Invalid(f"{text(name)} leads out of the archive")
            parts.pop()
        else:
            parts.append(part)
    if len(parts) > limits.depth:
        raise Invalid(f"archive has folders nested more than {limits.depth} deep")
    return b"/".join(parts)


def text(name: bytes) -> str:
    """``name`` for an error message: printable, and not endless."""
    return name[:200].decode("utf-8", "backslashreplace").encode("unicode_escape").decode()
