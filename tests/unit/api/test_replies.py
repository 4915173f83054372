from __future__ import annotations

from hutch.api import replies


def test_answers_as_dockerd_writes_them() -> None:
    answer = replies.json({"a": None, "b": [1]}, 201)
    assert (answer.status, answer.body) == (201, b'{"a":null,"b":[1]}\n')
    assert replies.text("OK").headers == [("Content-Type", "text/plain; charset=utf-8")]
    assert replies.empty().body == b""
