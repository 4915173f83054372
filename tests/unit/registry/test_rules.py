from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hutch.model.errors import Invalid, System
from hutch.registry.rules import Rule, find, parse, password


def test_parse() -> None:
    assert parse("quay.io", {"mirrors": ["https://m.x/y", "m.x:5000/quay"], "insecure": True}) == Rule(
        "quay.io", ("https://m.x/y", "m.x:5000/quay"), True
    )
    assert parse("*", {"mirrors": ["m.x/{registry}"]}).mirrors == ("m.x/{registry}",)
    assert parse("localhost:5000/team/a", {}) == Rule("localhost:5000/team/a")
    own = {"ca": "/etc/ca.pem", "username": "u", "password-file": "/etc/p"}
    assert parse("m.x:5000", own) == Rule("m.x:5000", ca="/etc/ca.pem", username="u", password_file="/etc/p")


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
        ("quay.io/team", {"ca": "/x"}, "ca is a matter of one whole registry"),
        ("*", {"username": "u", "password-file": "/x"}, "username is a matter of one whole registry"),
        ("quay.io", {"username": "u"}, "username and password-file belong together"),
        ("quay.io", {"password-file": "/x"}, "username and password-file belong together"),
        ("quay.io", {"ca": "ca.pem"}, "'ca.pem' is no absolute path"),
        ("quay.io", {"username": "u", "password-file": "p"}, "'p' is no absolute path"),
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


def test_a_password_file_is_the_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "password"
    rule = Rule("m.x", username="u", password_file=str(file))
    with pytest.raises(System, match=r"registries: m.x: password-file .*: No such file"):
        password(rule)
    file.write_text("se cret\n")
    file.chmod(0o640)
    with pytest.raises(System, match="may be read by others"):
        password(rule)
    file.chmod(0o600)
    assert password(rule) == "se cret"
    file.write_bytes(b"\xff")
    with pytest.raises(System, match="is no text"):
        password(rule)
