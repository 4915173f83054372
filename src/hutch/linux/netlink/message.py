"""Netlink messages and attributes as bytes (netlink(7), linux/netlink.h). Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator

NLMSG_ERROR = 2
NLMSG_DONE = 3

NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_REPLACE = 0x100
NLM_F_APPEND = 0x800
NLM_F_DUMP = 0x300

NLA_F_NESTED = 0x8000
_NLA_TYPE_MASK = 0x3FFF

_HEADER = struct.Struct("=IHHII")
_ATTR = struct.Struct("=HH")
HEADER_SIZE = _HEADER.size


def attr(kind: int, payload: bytes) -> bytes:
    """One attribute, padded to four bytes. Raises ValueError when the payload does not fit its 16 bit length."""
    length = 4 + len(payload)
    if length > 0xFFFF:
        raise ValueError(f"netlink attribute {kind} is too long: {length} bytes")
    return _ATTR.pack(length, kind) + payload + b"\0" * (-length % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute that holds attributes."""
    return attr(kind | NLA_F_NESTED, b"".join(attributes))


def u8(kind: int, value: int) -> bytes:
    """An attribute of one byte."""
    return attr(kind, struct.pack("=B", value))


def u32(kind: int, value: int) -> bytes:
    """An attribute of 32 bits in the machine's byte order (rtnetlink)."""
    return attr(kind, struct.pack("=I", value))


def be32(kind: int, value: int) -> bytes:
    """An attribute of 32 bits in network byte order (nfnetlink)."""
    return attr(kind, struct.pack(">I", value))


def text(kind: int, value: str) -> bytes:
    """An attribute that is a string with its end marker."""
    return attr(kind, value.encode() + b"\0")


def message(kind: int, flags: int, body: bytes) -> bytes:
    """A message with sequence number and port 0; :func:`numbered` puts the sequence number in before sending."""
    return _HEADER.pack(HEADER_SIZE + len(body), kind, flags | NLM_F_REQUEST, 0, 0) + body


def numbered(encoded: bytes, sequence: int) -> bytes:
    """The same message with its sequence number, padded for being followed by another one."""
    padding = b"\0" * (-len(encoded) % 4)
    return encoded[:8] + struct.pack("=I", sequence) + encoded[12:] + padding


def wants_ack(encoded: bytes) -> bool:
    """Whether the kernel will answer this message with an acknowledgement even when it succeeds."""
    return bool(int(_HEADER.unpack_from(encoded)[2]) & NLM_F_ACK)


def messages(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """The messages in what was received: (type, flags, sequence, body). Stops at a broken length."""
    offset = 0
    while offset + HEADER_SIZE <= len(data):
        length, kind, flags, sequence, _port = _HEADER.unpack_from(data, offset)
        if length < HEADER_SIZE or offset + length > len(data):
            return
        yield kind, flags, sequence, data[offset + HEADER_SIZE : offset + length]
        offset += (length + 3) & ~3


def attributes(data: bytes, offset: int = 0) -> dict[int, bytes]:
    """The attributes from ``offset`` on by type (flag bits removed); the last one wins. Stops at a broken length."""
    found: dict[int, bytes] = {}
    while offset + 4 <= len(data):
        length, kind = _ATTR.unpack_from(data, offset)
        if length < 4 or offset + length > len(data):
            break
        found[kind & _NLA_TYPE_MASK] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def name_of(payload: bytes) -> str:
    """A string attribute's text."""
    return payload.split(b"\0", 1)[0].decode(errors="replace")
