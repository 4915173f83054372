"""Errors become HTTP here and nowhere else: the kind decides the status, the message is Docker's error body."""

from __future__ import annotations

from hutch.api.http.head import BadRequest
from hutch.api.replies import Reply, encode, json
from hutch.linux.reasons import text_of
from hutch.model.errors import SHORTAGES, HutchError

_STATUS = {
    "invalid": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "conflict": 409,
    "not-modified": 304,
    "unsupported": 501,
    "unavailable": 503,
}


def status_of(error: BaseException) -> int:
    """The HTTP status for an error; 500 for whatever has no kind of its own."""
    if isinstance(error, HutchError):
        return _STATUS.get(error.kind, 500)
    if isinstance(error, OSError) and error.errno in SHORTAGES:
        return 503
    return error.status if isinstance(error, BadRequest) else 500


def message_of(error: BaseException) -> str:
    """The text for the client. A programming error's own text stays in the daemon's log."""
    return text_of(error) if isinstance(error, HutchError | BadRequest | OSError) else "internal error"


def is_expected(error: BaseException) -> bool:
    """Whether the error is part of normal service, so that its traceback is of no use to anyone."""
    return isinstance(error, HutchError | BadRequest | OSError)


def reply_to(error: BaseException) -> Reply:
    """The answer for a request that failed before anything was sent."""
    status = status_of(error)
    if status == 304:
        return Reply(status)
    return json({"message": message_of(error)}, status)


def last_object(error: Exception) -> bytes:
    """The last object of a progress stream that failed (Engine API, image create: ``errorDetail``)."""
    message = message_of(error)
    return encode({"errorDetail": {"message": message}, "error": message}).rstrip(b"\n") + b"\r\n"
