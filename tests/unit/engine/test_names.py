"""Which names are allowed, and made-up ones."""

from __future__ import annotations

import random

import pytest

from hutch.engine import names
from hutch.model.errors import Invalid


@pytest.mark.parametrize("name", ["web", "/web", "a1", "A_b.c-d", "9x"])
def test_allowed(name: str) -> None:
    names.check(name)


@pytest.mark.parametrize("name", ["-x", "a", "_ab", "a b", "a/b", "né", "a\nb", ".x"])
def test_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        names.check(name)
    assert caught.value.message == f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"


def test_made_up_names_are_allowed_and_free() -> None:
    source = random.Random(1)
    taken: set[str] = set()
    for _ in range(500):
        name = names.make_up(taken, source)
        names.check(name)
        assert name not in taken
        taken.add(name)


def test_no_word_is_listed_twice() -> None:
    assert len(set(names.ADJECTIVES)) == len(names.ADJECTIVES)
    assert len(set(names.SURNAMES)) == len(names.SURNAMES)
