"""Writing archives: the same files give the same bytes, and for a layer the bytes that dockerd gives.

A layer is named by the digest of its tar, so it matters which of the many ways to write a header is taken: ustar where
everything fits, its prefix field cut as late as possible; else pax records for what does not fit (names, numbers,
attributes, times with fractions), sorted, in a header without owner, mode and time, and a ustar header that has no
prefix and zero for a number that is too large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hutch.model.errors import System
from hutch.model.tar import header
from hutch.model.tar.header import BLOCK, ZERO, Entry

END = ZERO * 2
CHUNK = 1 << 18
_PIECE = 1 << 18
_NAME, _PREFIX = 100, 155


def head(entry: Entry) -> bytes:
    """The header block or blocks that introduce ``entry``."""
    name = entry.name
    fields = (b"", name) if len(name) <= _NAME else _split_name(name)
    records = _records(entry, fields is not None)
    if not records and fields is not None:
        return header.render(fields[1], fields[0], entry)
    body = b"".join(record(key, value) for key, value in sorted(records.items()))
    above, slash, last = name.rpartition(b"/")
    extended = header.render_extended(_ascii(above + slash + b"PaxHeaders.0/" + last)[:_NAME].rstrip(b"/"), len(body))
    return extended + body + bytes(-len(body) % BLOCK) + header.render(_cut(_ascii(name)), b"", entry)


def _records(entry: Entry, name_fits: bool) -> dict[str, bytes]:
    """What a ustar header cannot hold."""
    records: dict[str, bytes] = {}
    if not name_fits or not entry.name.isascii():
        records["path"] = entry.name
    if len(entry.link) > _NAME or not entry.link.isascii():
        records["linkpath"] = entry.link
    for key, count, width in (("uid", entry.uid, 8), ("gid", entry.gid, 8), ("size", entry.size, 12)):
        if not header.fits(count, width):
            records[key] = b"%d" % count
    seconds, nanos = divmod(entry.mtime, 1_000_000_000)
    if nanos or not header.fits(seconds, 12):
        records["mtime"] = time_value(entry.mtime)
    for key, value in entry.xattrs.items():
        records[f"SCHILY.xattr.{key}"] = value
    return records


def _split_name(name: bytes) -> tuple[bytes, bytes] | None:
    """(prefix, name) for the two fields of a ustar header, or None if the name does not fit."""
    at = name.rfind(b"/", 0, min(len(name.rstrip(b"/")), _PREFIX + 1))
    if at <= 0 or not 0 < len(name) - at - 1 <= _NAME:
        return None
    return name[:at], name[at + 1 :]


def _ascii(name: bytes) -> bytes:
    """What is left of a name in a header whose whole name is in an extended one."""
    return name if name.isascii() else bytes(byte for byte in name if byte < 0x80)


def _cut(name: bytes) -> bytes:
    """A name that is too long for its field. A slash at the cut would make it look like a folder's."""
    return name if len(name) <= _NAME else name[:_NAME].rstrip(b"/")


def record(key: str, value: bytes) -> bytes:
    """One record of an extended header; its length counts its own digits."""
    body = b" " + key.encode("utf-8", "surrogateescape") + b"=" + value + b"\n"
    length = len(body) + len(str(len(body)))
    if len(str(length)) != len(str(len(body))):
        length = len(body) + len(str(length))
    return b"%d" % length + body


def time_value(nanoseconds: int) -> bytes:
    """Seconds with the fraction that is needed."""
    sign = b"-" if nanoseconds < 0 else b""
    seconds, nanos = divmod(abs(nanoseconds), 1_000_000_000)
    fraction = b"%09d" % nanos
    return sign + b"%d" % seconds + ((b"." + fraction.rstrip(b"0")) if nanos else b"")


def document(name: str, content: bytes, mtime: int = 0, mode: int = 0o644) -> Iterator[bytes]:
    """A small file with its content. ``mtime`` in nanoseconds."""
    entry = Entry(name.encode(), header.REGULAR, mode, len(content))
    entry.mtime = mtime
    yield head(entry) + content + bytes(-len(content) % BLOCK)


def folder(name: str, mtime: int = 0) -> bytes:
    """A folder entry."""
    entry = Entry(name.encode().rstrip(b"/") + b"/", header.FOLDER, 0o755)
    entry.mtime = mtime
    return head(entry)


def exactly(chunks: Iterator[bytes], size: int, what: str) -> Iterator[bytes]:
    """``chunks`` padded to whole blocks. Raises System if they are not ``size`` bytes: the header promised that."""
    count = 0
    for chunk in chunks:
        count += len(chunk)
        if count > size:
            break
        yield chunk
    if count != size:
        raise System(f"{what} changed while it was read: {count} bytes instead of {size}")
    yield bytes(-size % BLOCK)


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of some hundred kilobytes: each one costs a thread and a chunk of HTTP."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(some)
            some.clear()
            size = 0
    if some:
        yield b"".join(some)
