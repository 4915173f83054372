from __future__ import annotations

import pytest

from hutch.logs.attributes import select, with_tag
from hutch.model.errors import System

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


ABOUT = {"ID": "abcdef", "Name": "web"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("x/{{.Name}}-{{ .ID }}", "x/web-abcdef"),
        ("plain", "plain"),
        ("{{upper .Name}}{{if .ID}} yes{{end}} {{truncate .ID 2}}", "WEB yes ab"),
    ],
)
def test_a_tag_is_a_template(tag: str, expected: str) -> None:
    assert with_tag({"a": "b"}, {"tag": tag}, ABOUT) == {"a": "b", "tag": expected}
    assert with_tag({"a": "b"}, {}, ABOUT) == {"a": "b"}


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (
            "{{.Foo}}",
            'log-tag:1:2: executing "log-tag" at <.Foo>: can\'t evaluate field Foo in type *logger.Info',
        ),
        ("{{.Name", "log-tag:1: unclosed action"),
        ("{{foo}}", 'log-tag:1: function "foo" not defined'),
    ],
)
def test_a_bad_tag_in_dockers_words(tag: str, words: str) -> None:
    with pytest.raises(System) as caught:
        with_tag({}, {"tag": tag}, ABOUT)
    start = "failed to create task for container: failed to initialize logging driver: template: "
    assert str(caught.value) == start + words
