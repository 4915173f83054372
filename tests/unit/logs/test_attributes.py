from __future__ import annotations

import pytest

from hutch.logs.attributes import render_tag, select
from hutch.model.errors import Invalid

LABELS = {"app": "web", "app.tier": "front", "other": "x"}
ENV = ["HOME=/root", "X_A=1", "X_B=2", "EMPTY=", "odd"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"labels": "app,missing"}, {"app": "web"}),
        ({"labels-regex": "^app"}, {"app": "web", "app.tier": "front"}),
        ({"env": "HOME,EMPTY,odd"}, {"HOME": "/root", "EMPTY": ""}),
        ({"env-regex": "_"}, {"X_A": "1", "X_B": "2"}),
        ({"labels": "other", "env": "X_A"}, {"other": "x", "X_A": "1"}),
    ],
)
def test_only_what_was_asked_for(options: dict[str, str], expected: dict[str, str]) -> None:
    assert select(options, LABELS, ENV) == expected


def test_tags() -> None:
    fields = {"ID": "abcdef", "Name": "web"}
    assert render_tag("x/{{.Name}}-{{ .ID }}", fields) == "x/web-abcdef"
    assert render_tag("plain", fields) == "plain"
    with pytest.raises(Invalid, match=r"can't evaluate \.Foo"):
        render_tag("{{.Foo}}", fields)
    with pytest.raises(Invalid, match="can't evaluate"):
        render_tag("{{if .ID}}", fields)
