"""Sparse maps: which parts of a file an archive holds, in the four forms of GNU tar (GNU tar manual, appendix D)."""

from __future__ import annotations

from collections.abc import Callable

from hutch.model.errors import Invalid
from hutch.model.limits import Limits
from hutch.model.tar.header import BLOCK, Entry, number

Map = list[tuple[int, int]]
Records = list[tuple[str, bytes]]


def old_gnu(block: bytes, more: Callable[[], bytes], limits: Limits) -> tuple[Map, int]:
    """(map, real size) of a type ``S`` header and its extension blocks, which ``more()`` reads one by one."""
    found = _pairs(block[386:482], 4)
    real_size = number(block[483:495])
    extended = block[482]
    while extended:
        block = more()
        found += _pairs(block[:504], 21)
        extended = block[504]
        if len(found) > limits.sparse:
            raise Invalid(f"sparse file has more than {limits.sparse} regions")
    return found, real_size


def _pairs(raw: bytes, count: int) -> Map:
    result = []
    for at in range(0, 24 * count, 24):
        offset, size = raw[at : at + 12], raw[at + 12 : at + 24]
        if not offset.strip(b"\0 ") and not size.strip(b"\0 "):
            break
        result.append((number(offset), number(size)))
    return result


def from_pax(records: Records, take: Callable[[int], bytes], limits: Limits) -> tuple[Map, int, bytes, int] | None:
    """(map, real size, name, bytes of content the map itself took) if the records describe a sparse file, else None.

    The name is empty where the header's own counts. ``take(n)`` reads content, where form 1.0 keeps its map.
    """
    table = dict(records)
    if not any(key.startswith("GNU.sparse.") for key in table):
        return None
    name = table.get("GNU.sparse.name", b"")
    real_size = _decimal(table.get("GNU.sparse.realsize") or table.get("GNU.sparse.size") or b"")
    if table.get("GNU.sparse.major") == b"1":
        found, used = _form_1_0(take, limits)
        return found, real_size, name, used
    if "GNU.sparse.map" in table:
        flat = table["GNU.sparse.map"].split(b",")
    else:
        flat = [value for key, value in records if key in ("GNU.sparse.offset", "GNU.sparse.numbytes")]
    if len(flat) % 2 or len(flat) > 2 * limits.sparse:
        raise Invalid("sparse map is malformed")
    numbers = [_decimal(value) for value in flat]
    return list(zip(numbers[::2], numbers[1::2], strict=True)), real_size, name, 0


def _form_1_0(take: Callable[[int], bytes], limits: Limits) -> tuple[Map, int]:
    """The map as decimal lines at the beginning of the content, filled up to whole blocks."""
    lines: list[bytes] = []
    rest, used, wanted = b"", 0, -1
    while wanted < 0 or len(lines) < wanted:
        rest += take(BLOCK)
        used += BLOCK
        *complete, rest = rest.split(b"\n")
        lines += complete
        if wanted < 0 and lines:
            wanted = 1 + 2 * _decimal(lines[0])
            if wanted > 1 + 2 * limits.sparse:
                raise Invalid(f"sparse file has more than {limits.sparse} regions")
    numbers = [_decimal(line) for line in lines[1:wanted]]
    return list(zip(numbers[::2], numbers[1::2], strict=True)), used


def _decimal(value: bytes) -> int:
    if not value.isdigit() or len(value) > 19:
        raise Invalid("sparse map is malformed")
    return int(value)


def check(entry: Entry, found: Map, limits: Limits) -> Map:
    """``found`` without empty regions. Raises Invalid unless the regions ascend, fit, and are exactly the content."""
    end = total = 0
    for offset, size in found:
        if offset < end or size < 0:
            raise Invalid("sparse map is out of order")
        end = offset + size
        total += size
    if end > entry.real_size or total != entry.size or entry.real_size > limits.size:
        raise Invalid("sparse map does not fit the file")
    return [(offset, size) for offset, size in found if size]
