import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.v2.memory import plan


def writes(**memory):
    return [w.describe() for w in plan({"memory": memory})]


def test_swap_becomes_swap_without_memory():
    assert writes(limit=100, swap=250) == [("memory.swap.max", "150"), ("memory.max", "100")]
    assert writes(limit=100, swap=100) == [("memory.swap.max", "0"), ("memory.max", "100")]
    assert writes(limit=100, swap=-1) == [("memory.swap.max", "max"), ("memory.max", "100")]


def test_unlimited_memory_is_unlimited_swap():
    assert writes(limit=-1) == [("memory.swap.max", "max"), ("memory.max", "max")]


def test_reservation_is_memory_low():
    assert writes(reservation=77) == [("memory.low", "77")]


def test_knobs_that_v2_has_not_are_void():
    assert writes(swappiness=5, kernelTCP=6, disableOOMKiller=True) == []


@pytest.mark.parametrize("memory", [{"swap": 5}, {"swap": 5, "limit": 6}])
def test_impossible_swap_is_refused(memory):
    with pytest.raises(Invalid):
        writes(**memory)
