"""Both wire forms of filters, their checks, and how labels match."""

from __future__ import annotations

import pytest

from hutch.model import filters
from hutch.model.errors import Invalid


def test_both_forms_mean_the_same() -> None:
    new = filters.decode('{"label":{"a=b":true,"c":false},"status":{"running":true}}')
    old = filters.decode('{"label":["a=b"],"status":["running"]}')
    assert new == old == {"label": ["a=b"], "status": ["running"]}
    assert filters.decode("") == filters.decode("null") == {}


@pytest.mark.parametrize("text", ["[", "[]", '"x"', '{"a":1}', '{"a":[1]}', "[" * 100_000])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="invalid filter"):
        filters.decode(text)


def test_unknown_keys_are_named() -> None:
    filters.check({"name": ["x"]}, {"name"})
    with pytest.raises(Invalid, match="invalid filter 'foo'"):
        filters.check({"name": ["x"], "foo": ["y"]}, {"name"})


def test_booleans() -> None:
    assert filters.boolean({}, "dangling", True) is True
    assert filters.boolean({"dangling": ["false", "0"]}, "dangling", True) is False
    with pytest.raises(Invalid):
        filters.boolean({"dangling": ["true", "false"]}, "dangling", True)
    with pytest.raises(Invalid):
        filters.boolean({"dangling": ["maybe"]}, "dangling", True)


def test_labels_must_all_match() -> None:
    have = {"a": "1", "b": ""}
    assert filters.labels(["a", "b="], have)
    assert filters.labels(["a=1"], have)
    assert not filters.labels(["a=2"], have)
    assert not filters.labels(["c"], have)


def test_unwanted_labels() -> None:
    assert filters.labels_pass({"label!": ["keep"]}, {"a": "1"})
    assert not filters.labels_pass({"label!": ["keep"]}, {"keep": "yes"})
    assert not filters.labels_pass({"label": ["a"], "label!": ["keep"]}, {"b": "1"})
