"""Fill the holes in the interpreter's memory before keepers are forked from it.

What was freed while modules were loaded and work was rehearsed lies scattered over all pages. A keeper would put its
first objects there, each of them on a page that it has to copy. With the holes filled it begins pages of its own, where
all that it makes lies together.
"""

from __future__ import annotations

import gc

POOL = 1 << 14
HEAD = 48
"""Objects of up to 512 bytes come from pools of this size, one for each multiple of 16 bytes, behind a head of this
size (CPython, Objects/obmalloc.c)."""
SMALL = 512
LARGE = 1 << 16
"""The largest hole among larger objects that is looked for; malloc(3) has those."""
_BYTES = b"".__sizeof__()
_ENOUGH = 1 << 11
"""Objects of one size after which it is given up, for an interpreter whose pools are otherwise (or are not used)."""


def fill() -> list[object]:
    """What fills the holes; they stay filled for as long as the caller holds it."""
    gc.collect()  # empties the interpreter's free lists, too
    kept: list[object] = []
    _fill_pools(kept)
    _fill_heap(kept)
    return kept


def _fill_pools(kept: list[object]) -> None:
    """For each size, make objects until one is the first of a pool: no other pool had room."""
    for size in range(16, SMALL + 1, 16):
        for _ in range(_ENOUGH):
            block = _object(size)
            if id(block) % POOL == HEAD:
                break
            kept.append(block)


def _object(size: int) -> object:
    """A new object of ``size`` bytes."""
    if size == 16:
        return object()
    return float("nan") if size == 32 else bytes(size - _BYTES)


def _fill_heap(kept: list[object]) -> None:
    """From the largest to the smallest, make objects until one lies behind all others."""
    last = id(bytes(LARGE + LARGE // 2))
    for size in range(LARGE, SMALL, -16):
        while True:
            block = bytes(size - _BYTES)
            if id(block) >= last:
                del block  # the next one may lie there
                break
            kept.append(block)
