"""From method and path to a route. Patterns are literal segments, ``{name}`` for one, ``{name*}`` for any text.

What ``{name*}`` takes may have slashes in it, and be empty at the end of the path, as in dockerd: it is for the
handler to say that no such thing has that name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from hutch.api.versions import OLDEST, Version

if TYPE_CHECKING:
    from hutch.api.replies import Answer
    from hutch.api.request import Request

Handler = Callable[["Request"], Awaitable["Answer"]]


class Pattern:
    """A path with variables."""

    __slots__ = ("_long", "_segments", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._segments = text.strip("/").split("/")
        self._long = next((i for i, s in enumerate(self._segments) if s.endswith("*}")), None)

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The variables' values if the path has this shape."""
        mine = self._segments
        if self._long is not None and len(segments) > len(mine):
            extra = len(segments) - len(mine) + 1
            joined = "/".join(segments[self._long : self._long + extra])
            segments = [*segments[: self._long], joined, *segments[self._long + extra :]]
        if len(segments) != len(mine):
            return None
        found: dict[str, str] = {}
        for want, have in zip(mine, segments, strict=True):
            if want.startswith("{"):
                if not have and not want.endswith("*}"):
                    return None
                found[want.strip("{*}")] = have
            elif want != have:
                return None
        return found

    @property
    def length(self) -> int:
        """How many segments it has."""
        return len(self._segments)

    @property
    def literal(self) -> bool:
        """Whether there are no variables in it."""
        return "{" not in self.text


class Route:
    """A method and a pattern, the API version that brought them, and what serves them."""

    __slots__ = ("handler", "method", "pattern", "since")

    def __init__(self, method: str, pattern: str, handler: Handler, since: Version = OLDEST) -> None:
        self.method = method
        self.pattern = Pattern(pattern)
        self.handler = handler
        self.since = since


class Router:
    """All routes; literal paths go before patterns, long patterns before short ones, else as they were given."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._literal: dict[tuple[str, str], Route] = {}
        self._patterns: dict[str, list[Route]] = {}
        for route in routes:
            if route.pattern.literal:
                self._literal[route.method, route.pattern.text] = route
            else:
                self._patterns.setdefault(route.method, []).append(route)
        for patterns in self._patterns.values():
            patterns.sort(key=lambda route: -route.pattern.length)  # a short one may end in what takes any text

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a path without its version, and the values of the path's variables."""
        if (route := self._literal.get((method, path))) is not None:
            return route, {}
        segments = path[1:].split("/")
        for route in self._patterns.get(method, ()):
            if (found := route.pattern.match(segments)) is not None:
                return route, found
        return None


def clean(path: str) -> str:
    """``path`` without empty segments, ``.`` and ``..``, to which dockerd redirects; a slash at its end is kept."""
    if "//" not in path and "/." not in path:
        return path
    cleaned = posixpath.normpath("/" + path.lstrip("/"))
    return cleaned + "/" if path.endswith("/") and cleaned != "/" else cleaned
