from __future__ import annotations

from typing import Any

import pytest

from hutch.model.template.evaluate import Template
from hutch.model.template.lexer import TemplateError
from hutch.model.template.typed import NIL, Schema, plain, raw

SCHEMA = Schema(
    """\
Outer Name=name:s ^a.Inner Parts:[]s Map:{}i Any:a
 When:t For?:d To:*a.Inner Flag:*b
a.Inner Deep:i Left?:{}s
"""
)


def render(template: str, **value: Any) -> str:
    return Template(template).render(SCHEMA.typed(value, "Outer"))


@pytest.mark.parametrize(
    ("template", "value", "out"),
    [
        ("{{.Name}} {{.Deep}} {{.Parts}} {{.Map}} {{.To}} {{.Flag}}", {}, " 0 [] map[] <nil> <nil>"),
        ("{{.Name}}", {"name": "n"}, "n"),
        ("{{.Inner.Deep}} {{.Deep}}", {"Deep": 3}, "3 3"),
        ("{{.To.Deep}}", {"To": {"Deep": 4}}, "4"),
        ("{{.To}}", {"To": {"Deep": 4, "Left": {"a": "b"}}}, "{4 map[a:b]}"),
        ("{{if .Flag}}there{{end}} {{.Flag}}", {"Flag": False}, "there false"),
        ('{{index .Map "none"}} {{.Map.none}}', {"Map": {"one": 1}}, "0 <no value>"),
        ("{{.For}}", {"For": 90_000_000_000}, "1m30s"),
        ("{{.When}}", {"When": "2026-11-24T00:38:31.724466000Z"}, "2026-11-24 00:38:31.724466 +0000 UTC"),
        ("{{json .When}}", {"When": "2026-11-24T00:38:31.500+02:00"}, '"2026-11-24T00:38:31.5+02:00"'),
        ("{{eq .To nil}}", {}, "true"),
        ('{{printf "%+v" .To}}', {"To": {"Deep": 4}}, "{Deep:4 Left:map[]}"),
        ("{{range .Parts}}x{{else}}none{{end}}", {}, "none"),
    ],
)
def test_fields(template: str, value: dict[str, Any], out: str) -> None:
    assert render(template, **value) == out


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("{{.name}}", "can't evaluate field name in type Outer"),
        ("{{.To.Deep}}", "nil pointer evaluating"),
        ("{{len .}}", "len of type Outer"),
    ],
)
def test_errors(template: str, error: str) -> None:
    with pytest.raises(TemplateError, match=error):
        render(template, name="n")


def test_json_keeps_the_order_and_leaves_out_what_is_empty() -> None:
    value = SCHEMA.typed({"Deep": 1, "name": "n", "Parts": []}, "Outer")
    assert list(plain(value)) == ["name", "Deep", "Parts", "Map", "Any", "When", "To", "Flag"]
    assert plain(value)["Parts"] == [] and plain(value)["Map"] is None
    assert plain(NIL) is None


def test_numbers_of_raw_answers_are_texts() -> None:
    assert Template("{{len .n}} {{.n}} {{json .}}").render(raw({"n": 100, "b": True})) == '3 100 {"b":true,"n":100}'
