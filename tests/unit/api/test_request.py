from __future__ import annotations

from typing import Any

import pytest

from hutch.api.request import MAX_DEPTH, MAX_JSON, decode_object
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    "data",
    [b"[]", b"1", b"{", b'{"a": NaN}', b'{"a":"\xff"}', b"[" * 100_000, b'{"a":' * 100_000,
     b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}"],
)  # fmt: skip
def test_what_is_no_object(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"^invalid JSON"):
        decode_object(data)


def test_null_is_an_empty_object() -> None:
    assert decode_object(b"null") == {}


def test_what_is_no_whole_document_is_told_in_dockerds_words() -> None:
    with pytest.raises(Invalid, match=r"^unexpected content after JSON$"):
        decode_object(b"{} {}")
    with pytest.raises(Invalid, match=r"^invalid JSON: unexpected EOF$"):
        decode_object(b'{"a":')


def test_no_body_is_an_empty_one_unless_it_is_required(call: Any) -> None:
    assert call("POST /volumes/create").status == 201
    assert call("POST /volumes/create", content_type="application/json").status == 201
    assert call("POST /volumes/create", content_type="text/plain").status == 400
    blank = call("POST /volumes/create", b" ", content_type="application/json")
    assert blank.json == {"message": "invalid JSON: got EOF while reading request body"}
    assert call("POST /auth").json == {"message": "invalid JSON: got EOF while reading request body"}


def test_bodies_are_typed_and_bounded(call: Any) -> None:
    untyped = call("POST /auth", b"{}")
    assert untyped.json == {"message": "malformed Content-Type header (): mime: no media type"}
    form = call("POST /auth", b"a=b", content_type="text/plain; charset=utf-8")
    assert "(text/plain; charset=utf-8)" in form.json["message"]
    large = call("POST /auth", b" " * (MAX_JSON + 1), content_type="application/json")
    assert large.status == 413
    assert call("POST /volumes/create", b"{}", content_type="Application/JSON; charset=utf-8").status == 201


def test_huge_numbers_are_refused_or_numbers() -> None:
    with pytest.raises(Invalid):
        decode_object(b'{"a":' + b"9" * 1_000_000 + b"}")
