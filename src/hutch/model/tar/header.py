"""One 512-byte tar header, in its ustar, GNU and old forms (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar)."""

from __future__ import annotations

import stat
import struct

from hutch.model.errors import Invalid

BLOCK = 512
ZERO = bytes(BLOCK)

REGULAR, HARDLINK, SYMLINK, CHAR, BLOCKDEV, FOLDER, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"
GNU_NAME, GNU_LINK, GNU_SPARSE, PAX, PAX_GLOBAL, GNU_LABEL = b"L", b"K", b"S", b"x", b"g", b"V"

KINDS = {
    stat.S_IFREG: REGULAR, stat.S_IFDIR: FOLDER, stat.S_IFLNK: SYMLINK,
    stat.S_IFCHR: CHAR, stat.S_IFBLK: BLOCKDEV, stat.S_IFIFO: FIFO,
}  # fmt: skip
"""The kind of an entry by the file type in ``st_mode`` (inode(7)); sockets have none."""
NODES = {CHAR: stat.S_IFCHR, BLOCKDEV: stat.S_IFBLK, FIFO: stat.S_IFIFO}
"""What is made with mknod(2), and the file type for it."""

_NO_SUM = b" " * 8
_OCTAL = b"01234567"
_FIELDS = struct.Struct("100s8s8s8s12s12s8s1s100s6s2s32s32s8s8s155s12s")


class Entry:
    """One file of an archive. Times in nanoseconds; names as bytes; ``size`` of what is stored, ``real_size`` of the
    file it makes (they differ for sparse ones)."""

    __slots__ = ("gid", "kind", "link", "major", "minor", "mode", "mtime", "name", "real_size", "size", "sparse",
                 "uid", "xattrs")  # fmt: skip

    def __init__(self, name: bytes, kind: bytes = REGULAR, mode: int = 0o644, size: int = 0) -> None:
        self.name = name
        self.kind = kind
        self.mode = mode
        self.uid = self.gid = 0
        self.size = self.real_size = size
        self.mtime = 0
        self.link = b""
        self.major = self.minor = 0
        self.sparse: list[tuple[int, int]] | None = None
        self.xattrs: dict[str, bytes] = {}


def number(field: bytes) -> int:
    """A number field: octal digits, or base-256 with the top bit set. Raises Invalid for anything else."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False) & ((1 << (8 * len(field) - 1)) - 1)
        if field[0] & 0x40:
            value -= 1 << (8 * len(field) - 1)
        return value
    digits = field.split(b"\0", 1)[0].strip(b" ")
    if not digits:
        return 0
    if digits.translate(None, _OCTAL):  # some is left: int() would take signs, underscores and more
        raise Invalid("tar header has a number that is none")
    return int(digits, 8)


def parse(block: bytes) -> Entry:
    """The entry that a non-zero header block describes. Raises Invalid if it is no header."""
    if not _checksum_fits(block):
        raise Invalid("not a tar archive: header checksum is wrong")
    (name, mode, uid, gid, size, mtime, _, kind, link, magic, version, _, _, major, minor, prefix, _) = _FIELDS.unpack(
        block
    )
    entry = Entry(name.split(b"\0", 1)[0], REGULAR if kind in (b"\0", b"7") else kind, number(mode), number(size))
    entry.uid, entry.gid = number(uid), number(gid)
    entry.mtime = number(mtime) * 1_000_000_000
    entry.link = link.split(b"\0", 1)[0]
    if entry.kind in (CHAR, BLOCKDEV):
        entry.major, entry.minor = number(major), number(minor)
    if magic == b"ustar\0" and version == b"00" and (front := prefix.split(b"\0", 1)[0]):
        entry.name = front + b"/" + entry.name
    if entry.size < 0:
        raise Invalid("tar header has a negative size")
    return entry


def _checksum_fits(block: bytes) -> bool:
    """The sum over the block with the checksum field as spaces; some old programs summed signed bytes."""
    try:
        wanted: int = number(block[148:156])
    except Invalid:
        return False
    total = sum(block) - sum(block[148:156]) + 8 * 32
    if wanted == total:
        return True
    negative: int = sum(1 for b in block[:148] + block[156:] if b >= 0x80)
    return bool(wanted == total - 256 * negative)


def octal(value: int, width: int) -> bytes:
    """``value`` in a field of ``width`` bytes; base-256 if it does not fit as octal digits."""
    if 0 <= value < 1 << 3 * (width - 1):
        return b"%0*o\0" % (width - 1, value)
    return bytes([0x80]) + value.to_bytes(width - 1, "big")


def fits(value: int, width: int) -> bool:
    """Whether ``value`` can be written in octal digits in a field of ``width`` bytes."""
    return 0 <= value < 1 << 3 * (width - 1)


def render_extended(name: bytes, size: int) -> bytes:
    """The header block of an extended header with ``size`` bytes of records: no mode, no time, no device fields."""
    return _summed(
        _FIELDS.pack(
            name, octal(0, 8), octal(0, 8), octal(0, 8), octal(size, 12), octal(0, 12), _NO_SUM, PAX, b"", b"ustar\0",
            b"00", b"", b"", b"", b"", b"", b"",
        )
    )  # fmt: skip


def _summed(block: bytes) -> bytes:
    """The block with its checksum, which counts its own field as spaces."""
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def render(name: bytes, prefix: bytes, entry: Entry) -> bytes:
    """The ustar header block of ``entry``, with the name already cut to its two fields."""
    seconds = entry.mtime // 1_000_000_000
    return _summed(
        _FIELDS.pack(
            name,
            octal(entry.mode & 0o7777, 8),
            octal(entry.uid, 8) if fits(entry.uid, 8) else octal(0, 8),
            octal(entry.gid, 8) if fits(entry.gid, 8) else octal(0, 8),
            octal(entry.size, 12) if fits(entry.size, 12) else octal(0, 12),
            octal(seconds, 12) if fits(seconds, 12) else octal(0, 12),
            _NO_SUM,
            entry.kind,
            entry.link[:100] if entry.link.isascii() else bytes(byte for byte in entry.link if byte < 0x80)[:100],
            b"ustar\0",
            b"00",
            b"",
            b"",
            octal(entry.major, 8),
            octal(entry.minor, 8),
            prefix,
            b"",
        )
    )
