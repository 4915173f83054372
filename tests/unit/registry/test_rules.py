from __future__ import annotations

from typing import Any

import pytest

from hutch.model.errors import Invalid
from hutch.registry.rules import Rule, find, parse


def test_parse() -> None:
    assert parse("quay.io", {"mirrors": ["https://m.x/y", "m.x:5000/quay"], "insecure": True}) == Rule(
        "quay.io", ("https://m.x/y", "m.x:5000/quay"), True
    )
    assert parse("*", {"mirrors": ["m.x/{registry}"]}).mirrors == ("m.x/{registry}",)
    assert parse("localhost:5000/team/a", {}) == Rule("localhost:5000/team/a")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("quay.io", {"mirors": []}, "mirors is not known"),
        ("quay.io", {"mirrors": "x"}, "wrong type"),
        ("quay.io", {"mirrors": [1]}, "wrong type"),
        ("quay.io", [], "must be an object"),
        ("quay.io", {"insecure": 1}, "wrong type"),
        ("quay.io", {"mirrors": ["ftp://x"]}, "not a valid URI"),
        ("quay.io", {"mirrors": ["https://u:p@x"]}, "has user"),
        ("quay.io", {"mirrors": ["x?y"]}, "query"),
        ("quay.io", {"mirrors": [""]}, "not a valid URI"),
        ("quay.io/team", {"insecure": True}, "one whole registry"),
        ("*", {"insecure": True}, "one whole registry"),
        ("quay", {}, "names no registry"),
        ("quay.io/a:tag", {}, "names no registry"),
        ("https://quay.io", {}, "names no registry"),
    ],
)
def test_what_cannot_be_meant(key: str, value: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        parse(key, value)


def test_the_longest_key_counts() -> None:
    rules = tuple(Rule(key) for key in ("*", "quay.io", "quay.io/team", "quay.io/team/app"))

    def key(domain: str, path: str) -> str:
        found = find(rules, domain, path)
        assert found is not None
        return found.key

    assert key("a.b", "x") == "*"
    assert key("quay.io", "teams/x") == "quay.io"
    assert key("quay.io", "team/x") == "quay.io/team"
    assert key("quay.io", "team/app") == "quay.io/team/app"
    assert find(rules[1:], "a.b", "x") is None
