from __future__ import annotations

from hutch.images.inspect import comment, full_config


def test_comment() -> None:
    assert comment({"comment": "a", "history": [{"comment": "b"}]}) == "a"
    assert comment({"history": [{"comment": "x"}, {"comment": "b"}]}) == "b"
    assert comment({}) == "" and comment({"history": []}) == ""


def test_every_field_is_there() -> None:
    shown = full_config({"Cmd": ["x"], "Shell": ["y"]})
    assert shown["Cmd"] == ["x"] and shown["Shell"] == ["y"] and shown["Labels"] is None and shown["Tty"] is False
    assert full_config(None)["Env"] is None
