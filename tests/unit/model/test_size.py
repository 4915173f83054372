"""Sizes in Docker's notation."""

from __future__ import annotations

import pytest

from hutch.model.errors import Invalid
from hutch.model.size import binary_size, human_size, parse_decimal_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("32", 32), ("32b", 32), ("512m", 512 << 20), ("1.5g", 3 << 29), ("64 KiB", 65536), ("2TB", 2 << 40), ("0", 0)],
)
def test_letters_mean_powers_of_1024(text: str, size: int) -> None:
    assert parse_size(text) == size


def test_decimal_sizes_use_powers_of_1000() -> None:
    assert parse_decimal_size("10MB") == 10_000_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "invalid size: ''"),
        ("x", "invalid size: 'x'"),
        ("-5", "strconv"),
        ("5q", "invalid suffix: 'q'"),
        ("5mbb", "invalid suffix: 'mbb'"),
        ("5 5", "invalid syntax"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    if text == "-5":
        message = "invalid size: '-5'"
    with pytest.raises(Invalid, match=message.replace("(", r"\(")):
        parse_size(text)


def test_sizes_for_people() -> None:
    assert human_size(0) == "0B"
    assert human_size(1_980_000, 3) == "1.98MB"
    assert human_size(153_400_000, 3) == "153MB"
    assert human_size(1000) == "1kB"
    assert binary_size(25_000_000_000) == "23.28GiB"
