"""The tree of a template, and what is no template."""

from __future__ import annotations

import pytest

from hutch.model.template.lexer import TemplateError
from hutch.model.template.nodes import Action
from hutch.model.template.parser import Parser, parse_number, unquote


def test_the_tree_prints_as_it_was_written() -> None:
    for text in ('$x := .A.B | printf "%s" (index $.C 1).D', ".", "$", "true", "(len .A) | print"):
        (node,) = Parser(f"{{{{{text}}}}}").parse()
        assert isinstance(node, Action)
        assert str(node.pipe) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{foo}}", 'template: :1: function "foo" not defined'),
        ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{if .A}}", "template: :1: unexpected EOF"),
        ("{{if .A}}{{else}}{{else}}{{end}}", "template: :1: expected end; found {{else}}"),
        ("{{$y}}", 'template: :1: undefined variable "$y"'),
        ("{{}}", "template: :1: missing value for command"),
        ("{{.A | 3}}", "template: :1: non executable command in pipeline stage 2"),
        ("{{break}}", "template: :1: {{break}} outside {{range}}"),
        ("{{if}}{{end}}", "template: :1: missing value for if"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Parser(text).parse()
    assert str(caught.value) == message


def test_nesting_is_bounded() -> None:
    with pytest.raises(TemplateError, match="nested too deeply"):
        Parser("{{if .A}}" * 5000).parse()


def test_literals() -> None:
    assert unquote(r'"a\tb\x41\u00e9\101"') == "a\tbAéA"
    assert unquote("`a\\t`") == "a\\t"
    assert [parse_number(n) for n in ("0x1f", "-7", "1_000", "1.5", "017", "1e3")] == [31, -7, 1000, 1.5, 15, 1000.0]
