from __future__ import annotations

from typing import Any

import pytest

from hutch.cli import plain
from hutch.model import json_text
from hutch.model.errors import Invalid

VALUES: list[Any] = [
    {}, [], "", "a b", 'say "x"', "back\\slash", "line\nend", "äöü", "\x7f", "\0", None, True, False, 0, -3, 10**30,
    {"Cmd": ["ls", "-l"], "Tty": False, "Size": [24, 80], "Sub": {"a": None, "b": ["x", 'y"']}}, {"ä": 1}, {1: 2},
    [[[]], {"a": {}}], 1.5, {"a": 0.25},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_as_the_encoder_writes_it(value: Any) -> None:
    assert plain.encode(value) == json_text.encode(value)


def test_what_is_no_json_is_refused_all_the_same() -> None:
    with pytest.raises((TypeError, Invalid)):
        plain.encode({"a": b"bytes"})
