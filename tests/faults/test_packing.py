"""The daemon is killed while it packs a layer that was loaded plain; the next one goes on."""

from __future__ import annotations

import pytest

from faults.house import House
from faults.verbs import load, tidy
from support.space import until

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("point", ["images.pack.adopted", "images.pack.recorded"])
def test_killed_while_packing(house: House, point: str) -> None:
    load(house)
    assert not house.packed()
    house.armed(f"{point}=kill")
    assert until(house.died, 20), f"nothing passes {point}"
    house.come_back()
    assert b'"damage"' not in house.must("POST", "/hutch/fsck")
    assert until(house.packed, 20)
    house.bystander_lives()
    tidy(house)
    house.clean()
