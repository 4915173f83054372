"""The application behind every listener: guards, version, route, answer, and the headers each answer has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from hutch.api import browser, errors, replies, versions
from hutch.api.request import Request
from hutch.api.router import Router, clean
from hutch.model.errors import Invalid, NotFound

if TYPE_CHECKING:
    from hutch.api.http.body import Body
    from hutch.api.http.connection import Report
    from hutch.api.http.head import Head
    from hutch.api.http.hijack import SocketHijack
    from hutch.api.replies import Answer
    from hutch.api.router import Route
    from hutch.api.versions import Version


class Server:
    """Answers requests. ``release`` is the engine's version, ``minimum`` the oldest API version that is served."""

    def __init__(
        self, routes: Iterable[Route], *, release: str, report: Report, minimum: Version = versions.OLDEST
    ) -> None:
        self._router = Router(routes)
        self._report = report
        self._minimum = minimum
        self.headers = [
            ("Server", f"Docker/{release} (linux)"),
            ("Api-Version", versions.show(versions.NEWEST)),
            ("Ostype", "linux"),
            ("Docker-Experimental", "false"),
        ]

    async def serve(
        self, head: Head, body: Body, hijack: SocketHijack, *, guard: Collection[str] | None = None
    ) -> Answer:
        """Answer one request; ``guard`` has the daemon's own names where browsers can reach the listener."""
        hijack.headers = self.headers
        answer = await self._answer(head, body, hijack, guard)
        if isinstance(answer, replies.Reply | replies.Stream):
            answer.headers = [*answer.headers, *self.headers]
        return answer

    async def _answer(self, head: Head, body: Body, hijack: SocketHijack, guard: Collection[str] | None) -> Answer:
        try:
            if guard is not None:
                browser.check(head.headers, guard)
            return await self._route(head, body, hijack)
        except ConnectionError:
            raise  # the client has gone: there is nobody to answer
        except versions.Ancient as error:
            return replies.text(f"{error}\n", 400, [("X-Content-Type-Options", "nosniff")])
        except Exception as error:
            if hijack.taken or not errors.is_expected(error):
                self._report(f"{head.method} {head.path}", error)
            return replies.Hijacked() if hijack.taken else errors.reply_to(error)

    async def _route(self, head: Head, body: Body, hijack: SocketHijack) -> Answer:
        if (cleaned := clean(head.path)) != head.path:
            return _moved(cleaned, head.query)
        asked, path = versions.split(head.path)
        found = self._router.find(head.method, path)
        if found is None:
            raise NotFound("page not found")
        version = versions.negotiate(asked, self._minimum)
        route, variables = found
        if version < route.since:
            raise Invalid(
                f'"{head.method} {route.pattern.text}" requires API version {versions.show(route.since)}, '
                f"but the client's API version is {versions.show(version)}"
            )
        request = Request(
            version=version,
            path=path,
            query=head.query,
            headers=head.headers,
            variables=variables,
            body=body,
            hijack=hijack,
            length=None if head.chunked else head.length,
        )
        return await route.handler(request)


def _moved(path: str, query: str) -> Answer:
    where = quote(path, safe="/$&+,:;=@")
    return replies.Reply(301, headers=[("Location", f"{where}?{query}" if query else where)])
