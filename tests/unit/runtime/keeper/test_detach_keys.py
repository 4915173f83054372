from __future__ import annotations

from hutch.runtime.keeper.detach_keys import KeyMatcher

KEYS = b"\x10\x11"


def test_keys_in_one_piece_and_in_two() -> None:
    assert KeyMatcher(KEYS).feed(b"abc\x10\x11rest") == (b"abc", True)
    matcher = KeyMatcher(KEYS)
    assert matcher.feed(b"a\x10") == (b"a", False)
    assert matcher.feed(b"\x11") == (b"", True)


def test_a_broken_sequence_is_passed_on() -> None:
    matcher = KeyMatcher(KEYS)
    assert matcher.feed(b"\x10") == (b"", False)
    assert matcher.feed(b"x") == (b"\x10x", False)


def test_a_sequence_may_start_inside_a_broken_one() -> None:
    matcher = KeyMatcher(b"aab")
    assert matcher.feed(b"aa") == (b"", False)
    assert matcher.feed(b"ab") == (b"a", True)


def test_what_is_held_back_is_not_lost() -> None:
    matcher = KeyMatcher(KEYS)
    matcher.feed(b"\x10")
    assert matcher.rest() == b"\x10"
    assert matcher.rest() == b""


def test_no_keys_match_nothing() -> None:
    assert KeyMatcher(b"").feed(b"\x10\x11") == (b"\x10\x11", False)
