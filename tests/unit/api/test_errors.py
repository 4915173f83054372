from __future__ import annotations

import pytest

from hutch.api import errors
from hutch.api.http.head import BadRequest
from hutch.model import errors as kinds


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (kinds.Invalid("x"), 400), (kinds.Unauthorized("x"), 401), (kinds.Forbidden("x"), 403),
        (kinds.NotFound("x"), 404), (kinds.Conflict("x"), 409), (kinds.Unsupported("x"), 501),
        (kinds.Unavailable("x"), 503), (kinds.System("x"), 500), (kinds.StartFailed("x"), 500),
        (BadRequest("x", 431), 431), (OSError(2, "x"), 500), (KeyError("x"), 500), (OSError(24, "x"), 503),
    ],
)  # fmt: skip
def test_every_kind_has_its_status(error: Exception, status: int) -> None:
    assert errors.reply_to(error).status == status


def test_not_modified_has_no_body() -> None:
    reply = errors.reply_to(kinds.NotModified("already started"))
    assert (reply.status, reply.body) == (304, b"")


def test_messages_for_people() -> None:
    assert errors.reply_to(kinds.NotFound("No such container: x")).body == b'{"message":"No such container: x"}\n'
    assert errors.message_of(FileNotFoundError(2, "No such file or directory", "/a")) == "/a: no such file or directory"
    assert errors.message_of(KeyError("inner")) == "internal error"


def test_the_last_object_of_a_progress_stream() -> None:
    assert errors.last_object(kinds.NotFound("n")) == b'{"errorDetail":{"message":"n"},"error":"n"}\r\n'
