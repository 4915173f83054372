from __future__ import annotations

import pytest

from hutch.api.query import MAX_PARAMETERS, Query, integer
from hutch.model.errors import Invalid


@pytest.mark.parametrize("text", ["", "0", "no", "false", "none", "False", "NO"])
def test_words_that_mean_no(text: str) -> None:
    assert not Query(f"a={text}").flag("a", default=True)


@pytest.mark.parametrize("text", ["1", "true", "yes", "t", "anything"])
def test_all_else_means_yes(text: str) -> None:
    assert Query(f"a={text}").flag("a")


def test_absent_parameters_have_their_default() -> None:
    query = Query("b=1")
    assert query.flag("a", default=True)
    assert query.text("a", "x") == "x"
    assert query.number("a") is None


def test_numbers_are_numbers() -> None:
    assert integer("-5") == -5
    with pytest.raises(Invalid, match=r'^strconv\.Atoi: parsing "a": invalid syntax$'):
        Query("t=a").number("t")
    with pytest.raises(Invalid, match="out of range"):
        integer("9" * 10_000)
    for bad in ("", "+", "1 ", "٣", "0x1"):
        with pytest.raises(Invalid):
            integer(bad)


def test_sizes_are_required_numbers_of_which_16_bits_count() -> None:
    assert Query("h=40").size("h") == 40
    assert Query(f"h={(1 << 16) + 40}").size("h") == 40
    for bad in ("", "h=", "h=-", "h=x", "h=%2B5", "h=-x", "h=٣"):
        with pytest.raises(Invalid, match="invalid syntax"):
            Query(bad).size("h")
    for bad in ("h=-1", f"h={1 << 32}", "h=" + "9" * 1000):
        with pytest.raises(Invalid, match="value out of range"):
            Query(bad).size("h")


def test_filters_in_both_forms_and_with_known_keys_only() -> None:
    assert Query('filters={"a":["x"]}').filters("a") == {"a": ["x"]}
    assert Query('filters={"a":{"x":true}}').filters("a") == {"a": ["x"]}
    with pytest.raises(Invalid, match=r"^invalid filter 'b'$"):
        Query('filters={"b":["x"]}').filters("a")


def test_too_many_parameters() -> None:
    with pytest.raises(Invalid):
        Query("a=1&" * (MAX_PARAMETERS + 1))
