"""Durations in Go's notation."""

from __future__ import annotations

import pytest

from hutch.model.duration import SECOND, format_duration, human_duration, parse_duration
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("1h1.5s", 3601_500_000_000),
        ("-300ms", -300_000_000),
        ("1µs", 1000),
        ("+5s", 5 * SECOND),
        (".5s", SECOND // 2),
    ],
)
def test_parses(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("3", 'time: missing unit in duration "3"'),
        ("3 days", 'time: unknown unit " days" in duration "3 days"'),
        (".s", 'time: invalid duration ".s"'),
        ("9999999999h", 'time: invalid duration "9999999999h"'),
    ],
)
def test_refuses_in_the_words_of_go(text: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_duration(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["0s", "1ns", "1.5µs", "2.25ms", "1.5s", "1m0s", "1h30m0.001s", "-2m0s", "100h0m0s"])
def test_formats_what_it_parses(text: str) -> None:
    assert format_duration(parse_duration(text)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (125, "2 minutes"),
        (3600, "About an hour"),
        (3600 * 47, "47 hours"),
        (3600 * 48, "2 days"),
        (86400 * 13, "13 days"),
        (86400 * 14, "2 weeks"),
        (86400 * 70, "2 months"),
        (86400 * 800, "2 years"),
    ],
)
def test_rounds_for_people(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text
