"""Elements of nftables sets and maps as nfnetlink batches (linux/netfilter/nf_tables.h).

Adding one element with the ``nft`` program costs milliseconds, with one raw message microseconds; the tables and
chains around them are static and loaded as text by ``network/firewall``.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from hutch.linux.netlink import message as nl

IPV4 = 2  # NFPROTO_IPV4

_SUBSYSTEM = 10 << 8  # NFNL_SUBSYS_NFTABLES
_BATCH_BEGIN = 16
_BATCH_END = 17
_NEWSETELEM = _SUBSYSTEM | 12
_DELSETELEM = _SUBSYSTEM | 14
_ELEM_LIST_TABLE = 1
_ELEM_LIST_SET = 2
_ELEM_LIST_ELEMENTS = 3
_LIST_ELEM = 1
_ELEM_KEY = 1
_ELEM_DATA = 2
_DATA_VALUE = 1


class Element:
    """One element: ``key`` and, for a map, ``data``; every part of a concatenation padded to four bytes."""

    __slots__ = ("data", "key", "set_name")

    def __init__(self, set_name: str, key: bytes, data: bytes = b"") -> None:
        self.set_name = set_name
        self.key = key
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Element) and all(getattr(self, s) == getattr(other, s) for s in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.set_name, self.key, self.data))

    def __repr__(self) -> str:
        return f"Element({self.set_name!r}, {self.key!r}, {self.data!r})"


_TOGETHER = 200
"""Elements in one message: their list is an attribute, which has at most 64 KiB."""


def part(value: bytes) -> bytes:
    """One part of a concatenated key or datum: padded with zeros to a multiple of four bytes."""
    return value + b"\0" * (-len(value) % 4)


def _nfgen(family: int, resource: int = 0) -> bytes:
    return struct.pack("=BB", family, 0) + struct.pack(">H", resource)


def _frame(kind: int) -> bytes:
    return nl.message(kind, 0, _nfgen(0, 10))


def _some(kind: int, flags: int, table: str, elements: Sequence[Element]) -> bytes:
    """One message about elements of one set."""
    listed = b""
    for element in elements:
        inner = nl.nested(_ELEM_KEY, nl.attr(_DATA_VALUE, element.key))
        if element.data:
            inner += nl.nested(_ELEM_DATA, nl.attr(_DATA_VALUE, element.data))
        listed += nl.nested(_LIST_ELEM, inner)
    return nl.message(
        kind,
        flags | nl.NLM_F_ACK,
        _nfgen(IPV4)
        + nl.text(_ELEM_LIST_TABLE, table)
        + nl.text(_ELEM_LIST_SET, elements[0].set_name)
        + nl.nested(_ELEM_LIST_ELEMENTS, listed),
    )


def _batch(kind: int, flags: int, table: str, elements: Sequence[Element]) -> list[tuple[bytes, str]]:
    """One transaction; many elements a message, as the acknowledgements must all fit into the socket's buffer."""
    sets: dict[str, list[Element]] = {}
    for element in elements:
        sets.setdefault(element.set_name, []).append(element)
    body = [
        (_some(kind, flags, table, found[i : i + _TOGETHER]), f"nftables element in {table} {name}")
        for name, found in sets.items()
        for i in range(0, len(found), _TOGETHER)
    ]
    return [(_frame(_BATCH_BEGIN), "nftables batch"), *body, (_frame(_BATCH_END), "nftables batch")]


def add_elements(table: str, elements: Sequence[Element]) -> list[tuple[bytes, str]]:
    """One transaction that adds all elements to sets of ``table ip TABLE``; with a different datum: EEXIST."""
    return _batch(_NEWSETELEM, nl.NLM_F_CREATE, table, elements)


def remove_elements(table: str, elements: Sequence[Element]) -> list[tuple[bytes, str]]:
    """One transaction that removes all elements; ENOENT, and none is removed, when one is not there."""
    return _batch(_DELSETELEM, 0, table, [Element(e.set_name, e.key) for e in elements])
