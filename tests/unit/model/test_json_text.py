"""JSON by the interpreter's C half alone: equal to the json package."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from hutch.model import json_text
from hutch.model.errors import Invalid

DATA = {"a": [1, -2.5, None, True, "é<&\u2028\n"], "b": {}, "c": [], "d": {"e": {"f": "g"}}, "big": 2**63}


def test_reads_what_json_writes() -> None:
    assert json_text.decode(json.dumps(DATA, indent=3)) == DATA


def test_writes_what_json_reads() -> None:
    assert json.loads(json_text.encode(DATA)) == DATA
    assert json_text.encode({"a": [1, "<é>"]}) == '{"a":[1,"<é>"]}'


def test_indents_as_inspect_prints() -> None:
    text = json_text.indent(DATA)
    assert json.loads(text) == DATA
    assert text == json.dumps(DATA, indent=4, ensure_ascii=False)


@pytest.mark.parametrize("text", ["", "{", '{"a"}', "[1,]", "nul", "1 2", '"\n"', "NaN", "[" * 100_000])
def test_refuses_what_is_not_json(text: str) -> None:
    with pytest.raises(Invalid, match="invalid JSON"):
        json_text.decode(text)


@pytest.mark.parametrize("text", ["{bad", "[1,]", '"\\q"', "[1 2]"])
def test_refuses_it_where_the_json_package_was_never_imported(text: str) -> None:
    code = f"""
from hutch.model import errors, json_text
try:
    json_text.decode({text!r})
except errors.Invalid as error:
    print(error.message[:12], 'json' in sys.modules)
"""
    path = next(p for p in sys.path if p.endswith("src"))
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({path!r}); {code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("invalid JSON False\n", "")


def test_scans_one_value_after_another() -> None:
    text = '{"a":1}\r\n{"b":2}\n'
    first, at = json_text.scan(text)
    second, end = json_text.scan(text, at)
    assert (first, second) == ({"a": 1}, {"b": 2})
    assert text[end:].strip() == ""


def test_values_without_json_form_are_refused() -> None:
    with pytest.raises(TypeError, match="object is not JSON"):
        json_text.encode({"a": object()})


def test_needs_neither_json_nor_re() -> None:
    code = (
        "from hutch.model import json_text as j; j.decode(j.encode({'a': 1}));"
        "print('re' in sys.modules, 'json' in sys.modules)"
    )
    path = next(p for p in sys.path if p.endswith("src"))
    out = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({path!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout == "False False\n"


def test_html_escapes() -> None:
    assert json_text.escape_html('["<&>"]') == '["\\u003c\\u0026\\u003e"]'
