"""What volumes take on the disk (Engine API, ``UsageData`` of ``GET /system/df``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hutch.storage.census import census

Json = dict[str, Any]


def usage(rows: Sequence[Json], links: Callable[[str], int]) -> list[Json]:
    """The volumes ``rows`` with the bytes of their files and the number of containers that use them (``links``).

    A volume that goes meanwhile, or cannot be read, has the size -1: not known.
    """
    return [{**row, "UsageData": {"RefCount": links(row["Name"]), "Size": _size(row["Mountpoint"])}} for row in rows]


def _size(folder: str) -> int:
    try:
        return census(folder, of_container=False).size
    except OSError:
        return -1
