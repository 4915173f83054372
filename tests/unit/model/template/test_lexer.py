"""Cutting templates into tokens."""

from __future__ import annotations

import pytest

from hutch.model.template.lexer import TemplateError, tokenize


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text) if token.kind not in ("blank", "open", "close")]


def test_tokens_of_an_action() -> None:
    assert kinds('a{{$x := .A.B | f "s\\"" \'c\' -1.5e3 .}}') == [
        ("text", "a"),
        ("variable", "$x"),
        ("sign", ":="),
        ("field", ".A"),
        ("field", ".B"),
        ("sign", "|"),
        ("name", "f"),
        ("string", '"s\\""'),
        ("char", "'c'"),
        ("number", "-1.5e3"),
        ("dot", "."),
    ]


def test_trim_marks_eat_blanks_of_the_text_only() -> None:
    assert kinds("a \n{{- 3 -}}\t b") == [("text", "a"), ("number", "3"), ("text", "b")]
    assert kinds("{{-3}}") == [("number", "-3")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{.A", "template: :1: unclosed action"),
        ("\n{{/* x", "template: :2: unclosed comment"),
        ('{{"a}}', "template: :1: unterminated quoted string"),
        ("{{`a}}", "template: :1: unterminated raw quoted string"),
        ("{{(.A}}", "template: :1: unclosed left paren"),
        ("{{.A)}}", "template: :1: unexpected right paren"),
        ("{{#}}", 'template: :1: unexpected "#" in command'),
        ("{{.A }", 'template: :1: unexpected "}" in operand'),
        ("{{.A|}", 'template: :1: unexpected "}" in command'),
        ("{{.A}", "template: :1: bad character U+007D '}'"),
        ("{{f$}}", "template: :1: bad character U+0024 '$'"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        tokenize(text)
    assert str(caught.value) == message
