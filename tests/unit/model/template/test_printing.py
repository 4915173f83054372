"""Go's printing of values."""

from __future__ import annotations

from typing import Any

import pytest

from hutch.model.template.printing import Record, show, sprintf


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, True], "a": None}, "map[a:<nil> b:[1 true]]"),
        ({"80/tcp": {}}, "map[80/tcp:map[]]"),
        ([Record(HostIp="0.0.0.0", HostPort="80")], "[{0.0.0.0 80}]"),
        (1e21, "1e+21"),
        (2.0, "2"),
        (0.25, "0.25"),
        (None, "<no value>"),
    ],
)
def test_show(value: Any, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("template", "arguments", "text"),
    [
        ("%s|%v|%d", ["a", ["b"], 3], "a|[b]|3"),
        ("%-5s|%5s|%05d|%+d", ["ab", "cd", 42, 1], "ab   |   cd|00042|+1"),
        ("%q %x %X %c %U", ["a\n", 255, "hi", 65, 65], '"a\\n" ff 6869 A U+0041'),
        ("%.2f %8.3f %g", [1.5, 2.0, 0.1], "1.50    2.000 0.1"),
        ("%t %T %%", [True, 1], "true int %"),
        ("%d", ["x"], "%!d(string=x)"),
        ("%s", [5], "%!s(int=5)"),
        ("%s %s", ["a"], "a %!s(MISSING)"),
        ("%s", ["a", 1], "a%!(EXTRA int=1)"),
        ("%.3s|%*d", ["abcdef", 4, 7], "abc|   7"),
        ("100%", [], "100%!(NOVERB)"),
        (
            "%+v %v",
            [Record(Name="a", Count=[Record(b=1)]), Record(c={"d": None})],
            "{Name:a Count:[{b:1}]} {map[d:<nil>]}",
        ),
        ("%#v %+v", ['a"b', {"k": "v"}], '"a\\"b" map[k:v]'),
    ],
)
def test_sprintf(template: str, arguments: list[Any], text: str) -> None:
    assert sprintf(template, arguments) == text
