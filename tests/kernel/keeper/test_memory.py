"""What an idle container costs in the memory of its keeper: sizes, not times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

BOUND = 1400
"""Kilobytes of a keeper's own (Private_Dirty); 1100 when measured."""


def private_dirty(pid: int) -> int:
    """In kilobytes (proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "Private_Dirty":
            return int(value.split()[0])
    raise AssertionError(f"process {pid} has no Private_Dirty")


@pytest.mark.parametrize("pooled", [True, False])
def test_an_idle_keeper_is_small(house: Any, pooled: bool, record_property: Any) -> None:
    for _ in range(3):
        keeper = house.run("sleep", "100", identity=house.park(1)[0] if pooled else "")
        keeper.event("started")
        keeper.request(op="status")
    size = private_dirty(keeper.pid)
    record_property("private dirty memory of a keeper in kB", size)
    assert 100 < size < BOUND
