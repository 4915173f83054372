"""A request as the routes see it: variables of the path, query, version, body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from hutch.api.query import Query
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from hutch.api.backends import Hijack
    from hutch.api.versions import Version

MAX_JSON = 4 << 20  # bytes
MAX_DEPTH = 64
JSON_TIMEOUT = 30.0  # seconds a client may pause within a JSON body
_decoder = msgspec.json.Decoder()


class RequestBody(Protocol):
    """What a route may do with a body."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def whole(self, limit: int, timeout: float) -> bytes: ...


class Request:
    """One request that was routed."""

    __slots__ = ("body", "headers", "hijack", "length", "path", "query", "variables", "version")

    def __init__(
        self,
        *,
        version: Version,
        path: str,
        query: str,
        headers: Mapping[str, str],
        variables: Mapping[str, str],
        body: RequestBody,
        hijack: Hijack,
        length: int | None = 0,
    ) -> None:
        self.version = version
        self.path = path
        self.query = Query(query)
        self.headers = headers
        self.variables = variables
        self.body = body
        self.hijack = hijack
        self.length = length  # bytes of the body; None when the client has not said

    async def json(self, *, required: bool = False) -> dict[str, Any]:
        """The body as a JSON object. Raises Invalid for another type, a broken document, or more than one.

        A request without a body has an empty object, unless one is ``required``: as for dockerd.
        """
        given = self.headers.get("content-type", "")
        if given and given.partition(";")[0].strip().lower() != "application/json":
            raise Invalid(f"unsupported Content-Type header ({given}): must be 'application/json'")
        if not given and self.length != 0:
            raise Invalid("malformed Content-Type header (): mime: no media type")
        data = await self.body.whole(MAX_JSON, JSON_TIMEOUT)
        if not data.strip():
            if self.length == 0 and not required:
                return {}
            raise Invalid("invalid JSON: got EOF while reading request body")
        return decode_object(data)


def decode_object(data: bytes) -> dict[str, Any]:
    """A JSON object of bounded depth; Invalid for anything else (``null`` is an empty object, as for dockerd)."""
    try:
        value = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if "trailing characters" in str(error):
            raise Invalid("unexpected content after JSON") from None
        reason = "unexpected EOF" if "truncated" in str(error) else error
        raise Invalid(f"invalid JSON: {reason}") from None
    except RecursionError:
        raise Invalid("invalid JSON: nested too deeply") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("invalid JSON: not an object")
    _check_depth(value)
    return value


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below += [child for child in item.values() if isinstance(child, dict | list)]
            elif isinstance(item, list):
                below += [child for child in item if isinstance(child, dict | list)]
        if not below:
            return
        level = below
    raise Invalid("invalid JSON: nested too deeply")
