"""Ids: their form, and what counts as the beginning of one."""

from __future__ import annotations

from hutch.model import ids


def test_new_ids_are_full_and_differ() -> None:
    made = {ids.new() for _ in range(100)}
    assert len(made) == 100
    assert all(ids.is_full(i) and not i[:12].isdigit() for i in made)


def test_short_takes_twelve_digits_without_the_algorithm() -> None:
    assert ids.short("sha256:" + "ab" * 32) == "abababababab"
    assert ids.short("cd" * 32) == "cdcdcdcdcdcd"


def test_what_can_be_a_prefix() -> None:
    assert ids.is_prefix("0af")
    assert not ids.is_prefix("")
    assert not ids.is_prefix("xyz")
    assert not ids.is_prefix("a" * 65)
    assert not ids.is_full("a" * 63)
