"""The template language as a whole, over data as ``inspect`` has it. Expected texts are Go's."""

from __future__ import annotations

from typing import Any

import pytest

from hutch.model.template.evaluate import Template
from hutch.model.template.lexer import TemplateError
from hutch.model.template.printing import Row

DATA = {
    "Id": "abc",
    "State": {"Pid": 12, "Running": True},
    "L": ["a", "b"],
    "M": {"b": "2", "a": "1"},
    "N": None,
    "F": 1.5,
    "E": {},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.State.Pid}}", "12"),
        ("{{range $k, $v := .M}}{{$k}}={{$v}} {{end}}", "a=1 b=2 "),
        ("{{range $i, $v := .L}}{{$i}}{{$v}}{{end}}", "0a1b"),
        ("{{range .E}}x{{else}}none{{end}}", "none"),
        ('{{index .M "a"}}|{{index .L 1}}', "1|b"),
        ("a {{- .Id -}} b", "aabcb"),
        ("{{/* nothing */}}x{{- /* less */ -}} y", "xy"),
        ("{{.M}} {{.L}} {{.N}} {{.F}} {{.E}} {{.State.Running}}", "map[a:1 b:2] [a b] <no value> 1.5 map[] true"),
        ("{{if and .State.Running (eq .State.Pid 12)}}yes{{else}}no{{end}}", "yes"),
        ("{{if .N}}a{{else if .Id}}b{{else}}c{{end}}", "b"),
        ("{{with .N}}x{{else}}none{{end}}{{with .State}}{{.Pid}}{{end}}", "none12"),
        ('{{range .L}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"),
        ('{{range .L}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}', "b"),
        ("{{.L | len}}", "2"),
        ("{{$x := 1}}{{range .L}}{{$x = 2}}{{end}}{{$x}}", "2"),
        ('{{define "t"}}<{{.}}>{{end}}{{template "t" .Id}}', "<abc>"),
        ('{{block "t" .Id}}[{{.}}]{{end}}', "[abc]"),
        ("{{$.State.Pid}}{{range .L}}{{$.Id}}{{end}}", "12abcabc"),
        ('{{(index .L 0) | printf "%s-%s" .Id}}', "abc-a"),
        ("{{or .N .Id}}{{and .N .Id}}", "abc<no value>"),
        ('{{eq .Id "x" "abc"}}', "true"),
        ("{{or true (index .L 99)}}", "true"),
    ],
)
def test_runs(template: str, text: str) -> None:
    assert Template(template, strict=True).render(DATA) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{.Foo}}", 'template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"'),
        ("{{.State.Foo}}", 'template: :1:8: executing "" at <.State.Foo>: map has no entry for key "Foo"'),
        ("a\n  {{.State.Foo}}", 'template: :2:10: executing "" at <.State.Foo>: map has no entry for key "Foo"'),
        ("{{len 3}}", 'template: :1:2: executing "" at <len 3>: error calling len: len of type int'),
        (
            "{{index .L 5}}",
            'template: :1:2: executing "" at <index .L 5>: error calling index: index out of range: 5',
        ),
        ('{{"a" "b"}}', 'template: :1:2: executing "" at <"a">: can\'t give argument to non-function "a"'),
        (
            '{{lt 1 "a"}}',
            'template: :1:2: executing "" at <lt 1 "a">: error calling lt: incompatible types for comparison',
        ),
        ("{{range .Id}}{{end}}", "range can't iterate over abc"),
        ('{{template "x"}}', 'template: :1: template "x" not defined'),
    ],
)
def test_fails_in_the_words_of_go(template: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(template, strict=True).render(DATA)
    assert str(caught.value).endswith(message)


def test_missing_keys_are_no_error_unless_strict() -> None:
    assert Template("{{.Foo}}").render(DATA) == "<no value>"


def test_endless_recursion_is_stopped() -> None:
    with pytest.raises(TemplateError, match="maximum template depth"):
        Template('{{define "t"}}{{template "t"}}{{end}}{{template "t"}}').render(DATA)


class Line(Row):
    type_name = "*formatter.Line"

    def field(self, name: str, arguments: list[Any]) -> Any:
        return {"Name": "n", "Label": f"label {arguments}"}[name]

    def to_json(self) -> dict[str, Any]:
        return {"Name": "<n>"}


def test_rows_have_methods_with_arguments() -> None:
    assert (
        Template('{{.Name}} {{.Label "x"}} {{json .}}').render(Line()) == 'n label [\'x\'] {"Name":"\\u003cn\\u003e"}'
    )
    with pytest.raises(TemplateError, match=r"can't evaluate field Foo in type \*formatter\.Line"):
        Template("{{.Foo}}").render(Line())
