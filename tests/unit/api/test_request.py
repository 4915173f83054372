from __future__ import annotations

from typing import Any

import pytest

from hutch.api.request import MAX_DEPTH, MAX_JSON, decode_object
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    "data",
    [b"[]", b"1", b"{", b"{} {}", b'{"a": NaN}', b'{"a":"\xff"}', b"[" * 100_000, b'{"a":' * 100_000,
     b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}"],
)  # fmt: skip
def test_what_is_no_object(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"^invalid JSON"):
        decode_object(data)


def test_null_is_an_empty_object() -> None:
    assert decode_object(b"null") == {}


def test_bodies_are_typed_and_bounded(call: Any) -> None:
    untyped = call("POST /auth", b"{}")
    assert untyped.json == {"message": "unsupported Content-Type header (): must be 'application/json'"}
    form = call("POST /auth", b"a=b", content_type="application/x-www-form-urlencoded")
    assert "(application/x-www-form-urlencoded)" in form.json["message"]
    large = call("POST /auth", b" " * (MAX_JSON + 1), content_type="application/json")
    assert large.status == 413
    assert call("POST /volumes/create", b"{}", content_type="Application/JSON; charset=utf-8").status == 201


def test_huge_numbers_are_refused_or_numbers() -> None:
    with pytest.raises(Invalid):
        decode_object(b'{"a":' + b"9" * 1_000_000 + b"}")
