import pytest

from hutch.model.errors import Invalid
from hutch.runtime.steps.memory_policy import SetMemoryPolicy


def test_a_policy_from_the_config() -> None:
    step = SetMemoryPolicy.of({"mode": "MPOL_BIND", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"]})
    assert step.describe() == "memory policy MPOL_BIND MPOL_F_STATIC_NODES of nodes 0-1"
    assert SetMemoryPolicy.of({"mode": "MPOL_LOCAL"}).describe() == "memory policy MPOL_LOCAL"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "invalid memory policy mode"),
        ({"mode": "MPOL_X"}, "invalid memory policy mode: MPOL_X"),
        ({"mode": "MPOL_BIND", "flags": ["F"]}, "invalid memory policy flag: F"),
        ({"mode": "MPOL_BIND", "nodes": "a"}, "'a'"),
    ],
)
def test_unknown_words_are_refused(value: dict[str, object], text: str) -> None:
    with pytest.raises(Invalid, match=text):
        SetMemoryPolicy.of(value)
