"""The functions of templates."""

from __future__ import annotations

from typing import Any

import pytest

from hutch.model.template.functions import Refused, call


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("json", [{"a": ["<é>"]}], '{"a":["<é>"]}'),
        ("split", ["a,b", ","], ["a", "b"]),
        ("join", [["a", "b"], "-"], "a-b"),
        ("title", ["ab cd"], "Ab Cd"),
        ("pad", ["x", 1, 2], " x  "),
        ("pad", ["", 1, 2], ""),
        ("truncate", ["abcdef", 3], "abc"),
        ("lower", ["ABC"], "abc"),
        ("upper", ["abc"], "ABC"),
        ("len", ["é"], 2),
        ("index", [{"a": {"b": 1}}, "a", "b"], 1),
        ("index", [{"a": "x"}, "z"], None),
        ("slice", ["abcd", 1, 3], "bc"),
        ("slice", [[1, 2, 3], 1], [2, 3]),
        ("html", ['<a href="x">'], "&lt;a href=&#34;x&#34;&gt;"),
        ("js", ["it's <x>"], "it\\'s \\u003Cx\\u003E"),
        ("urlquery", ["a b&c"], "a+b%26c"),
        ("print", ["a", 1, 2, "b"], "a1 2b"),
        ("println", ["a", 1], "a 1\n"),
        ("not", [[]], True),
        ("ge", [2, 2], True),
        ("ne", ["a", "b"], True),
        ("eq", [None, None], True),
    ],
)
def test_results(name: str, arguments: list[Any], result: Any) -> None:
    assert call(name, arguments) == result


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("not", [], "wrong number of args for not: want 1 got 0"),
        ("printf", [], "wrong number of args for printf: want at least 1 got 0"),
        ("eq", [1, "a"], "error calling eq: incompatible types for comparison"),
        ("index", [[1], "a"], "error calling index: cannot index slice/array with type string"),
        ("slice", ["abc", 2, 1], "error calling slice: invalid slice index: 2 > 1"),
        ("call", ["x"], "error calling call: non-function x of type string"),
        ("lower", [3], "wrong type for value; expected string; got int"),
    ],
)
def test_refusals(name: str, arguments: list[Any], message: str) -> None:
    with pytest.raises(Refused) as caught:
        call(name, arguments)
    assert str(caught.value) == message
