"""Writing archives: the same files give the same bytes, whatever order the file system lists them in.

ustar where it suffices, pax extended headers for what does not fit: long names, large numbers, fractions of seconds,
names that are no ASCII, extended attributes.
"""

from __future__ import annotations

from collections.abc import Iterator

from hutch.model.errors import System
from hutch.model.tar import header
from hutch.model.tar.header import BLOCK, PAX, ZERO, Entry

END = ZERO * 2
CHUNK = 1 << 20


def head(entry: Entry) -> bytes:
    """The header block or blocks that introduce ``entry``."""
    name = entry.name
    records: dict[str, bytes] = {}
    fields = _split_name(name)
    if fields is None or not name.isascii():
        records["path"] = name
        fields = (b"", name[:100].decode("ascii", "replace").encode("ascii", "replace")[:100])
    if len(entry.link) > 100 or not entry.link.isascii():
        records["linkpath"] = entry.link
    for key, count, width in (("uid", entry.uid, 8), ("gid", entry.gid, 8), ("size", entry.size, 12)):
        if not header.fits(count, width):
            records[key] = b"%d" % count
    seconds, nanos = divmod(entry.mtime, 1_000_000_000)
    if nanos or not header.fits(seconds, 12):
        records["mtime"] = time_value(entry.mtime)
    for key, value in sorted(entry.xattrs.items()):
        records[f"SCHILY.xattr.{key}"] = value
    block = header.render(fields[1], fields[0], entry)
    if not records:
        return block
    body = b"".join(record(key, value) for key, value in sorted(records.items()))
    base = fields[1].rstrip(b"/").rpartition(b"/")[2][:80]
    extended = Entry(b"PaxHeaders.0/" + base, PAX, 0o644, len(body))
    return header.render(extended.name, b"", extended) + body + bytes(-len(body) % BLOCK) + block


def _split_name(name: bytes) -> tuple[bytes, bytes] | None:
    """(prefix, name) for the two fields of a ustar header, or None if the name does not fit."""
    if len(name) <= 100:
        return b"", name
    if len(name) > 256:
        return None
    at = name.find(b"/", max(len(name) - 101, 1))
    return (name[:at], name[at + 1 :]) if 0 < at <= 155 and at + 1 < len(name) else None


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
