"""A registry for one operation: requests with authorization, redirects, retries; errors in Docker's words."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from hutch.model.errors import Forbidden, HutchError, Invalid, NotFound, System, Unauthorized, Unavailable
from hutch.registry import retry
from hutch.registry.auth import Authorizer, Credentials, challenges
from hutch.registry.endpoint import Endpoint, endpoints
from hutch.registry.settings import is_insecure, is_near
from hutch.registry.transport import Content, Response, Transport, Unreachable

if TYPE_CHECKING:
    from hutch.registry.settings import Settings

_log = logging.getLogger(__name__)
_REDIRECTS = 10
_DOCUMENT = 1 << 20
_MOVED = (301, 302, 303, 307, 308)

T = TypeVar("T")

Body = bytes | Callable[[], Content] | None


class Busy(Unavailable):
    """The server is overloaded or in trouble; ``after`` is its ``Retry-After``."""

    def __init__(self, message: str, after: str) -> None:
        super().__init__(message)
        self.after = after


class Registry:
    """One endpoint of a registry, with one client's credentials."""

    def __init__(self, transport: Transport, endpoint: Endpoint, credentials: Credentials) -> None:
        self.endpoint = endpoint
        self._transport = transport
        self.auth = Authorizer(transport, endpoint, credentials)

    def close(self) -> None:
        """End the connections that nobody uses."""
        self._transport.close()

    def get(self, path: str, scopes: Sequence[str], headers: Mapping[str, str] | None = None) -> Response:
        """``GET`` of a path below ``/v2/``; tried a few times."""
        return self.patient("GET", path, scopes, headers)

    def patient(
        self, method: str, path: str, scopes: Sequence[str], headers: Mapping[str, str] | None = None,
        body: Body = None, *, attempts: int = 4, sleep: Callable[[float], None] = time.sleep,
    ) -> Response:  # fmt: skip
        """As :meth:`send`, tried again when the server is busy or the connection broke."""
        for failures in range(1, attempts + 1):
            try:
                return self.send(method, path, scopes, headers, body)
            except (Busy, Unreachable) as error:
                if failures == attempts or (isinstance(error, Unreachable) and error.final):
                    raise
                sleep(retry.delay(failures, getattr(error, "after", "")))
        raise AssertionError("unreachable")

    def send(
        self, method: str, path: str, scopes: Sequence[str], headers: Mapping[str, str] | None = None,
        body: Body = None, *, offline: bool = False,
    ) -> Response:  # fmt: skip
        """One request to a path below ``/v2/`` (or to a whole URL that the registry gave), authorized, redirected.

        The answer's status is below 400 or 404 or 416. Raises Unreachable, Busy, Unauthorized, Forbidden, Invalid,
        System. The body comes from a callable if it is long, as it may have to be sent twice.
        """
        url = self.locate(path)
        if not self._own(url):
            self._check_target(self.endpoint.base, url)
        sent = self.auth.header(scopes) if self._own(url) else ""
        for _ in range(2):
            answer = self._follow(method, url, {**(headers or {}), **({"Authorization": sent} if sent else {})}, body)
            if answer.status != 401 or not self._own(url):
                return _checked(method, answer)
            challenge = answer.headers.get("www-authenticate", "")
            answer.whole(_DOCUMENT)
            try:
                sent = self.auth.answer(challenge, scopes, refused=sent, offline=offline)
            except Unauthorized as error:
                raise Unauthorized(f'{method.title()} "{answer.url}": {error.message}') from None
        answer = self._follow(method, url, {**(headers or {}), "Authorization": sent}, body)
        return _checked(method, answer)

    def locate(self, path: str) -> str:
        """The URL of a path below ``/v2/``; one that is whole or begins with a slash stands for itself."""
        if "://" in path or path.startswith("/"):
            return urljoin(self.endpoint.base + "/", path)
        return f"{self.endpoint.base}/v2/{path}"

    def _own(self, url: str) -> bool:
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc) == (self.endpoint.scheme, self.endpoint.host)

    def _follow(self, method: str, url: str, headers: dict[str, str], body: Body) -> Response:
        for _ in range(_REDIRECTS):
            content = body() if callable(body) else body
            try:
                verify = self.endpoint.verify if self._own(url) else not self._insecure(url)
                answer = self._transport.send(method, url, headers, content, verify=verify)
            finally:
                if content is not None and not isinstance(content, bytes):
                    content.close()
            if answer.status not in _MOVED or not answer.headers.get("location"):
                return answer
            if method not in ("GET", "HEAD"):
                answer.close()
                raise System(f"{answer.url}: the registry redirects a {method}, which is not followed")
            target = urljoin(url, answer.headers["location"])
            answer.whole(_DOCUMENT)
            self._check_target(url, target)
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
            url = target
        raise System(f"{url[:200]}: stopped after {_REDIRECTS} redirects")

    def _insecure(self, url: str) -> bool:
        return is_insecure(self._transport.settings, urlsplit(url).netloc)

    def _check_target(self, url: str, target: str) -> None:
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https" and not self._insecure(target):
            raise Forbidden(f"refusing a redirect from https to {target[:200]}")
        if is_near(urlsplit(target).hostname or "") and not is_near(urlsplit(url).hostname or ""):
            raise Forbidden(f"refusing a redirect to {target[:200]}, an address of this machine or of its link")


def connect(
    settings: Settings, domain: str, credentials: Credentials, path: str = "", *, pulling: bool = True
) -> list[Registry]:
    """The endpoints of a registry that can be tried for the repository ``path``, in order; to be closed."""
    transport = Transport(settings)
    found = endpoints(settings, domain, path, pulling=pulling)
    return [Registry(transport, endpoint, credentials) for endpoint in found]


def first(
    candidates: Sequence[Registry], ask: Callable[[Registry, int], T],
    told: Callable[[Endpoint, HutchError], None] = lambda *_: None,
) -> T:  # fmt: skip
    """What ``ask(endpoint, attempts)`` gives for the first endpoint that serves it.

    The next one is asked if nobody answers, and whatever a mirror says; ``told`` hears why. Raises the last one's
    error, with what the mirrors said as its hint.
    """
    *others, last = candidates
    said: list[str] = []
    for candidate in others:
        try:
            return ask(candidate, 1)
        except HutchError as error:
            at = candidate.endpoint
            if not at.mirror and not isinstance(error, Unreachable):
                raise
            told(at, error)
            # Without TLS where it need not be trusted: it is asked over http next.
            if at.mirror and not (isinstance(error, Unreachable) and at.scheme == "https" and not at.verify):
                said.append(f"mirror {at.base}: {error.message}")
                _log.info("%s; the next is asked", said[-1])
    try:
        return ask(last, 4)
    except HutchError as error:
        error.hint = error.hint or "; ".join(said)
        raise


def _checked(method: str, answer: Response) -> Response:
    """``answer`` if it is a success, or a status that callers decide about; else the error it stands for."""
    if answer.status < 400 or answer.status in (404, 416):
        return answer
    after = answer.headers.get("retry-after", "")
    text = described(answer.status, answer.whole(_DOCUMENT))
    if answer.status in retry.RETRIED:
        raise Busy(text, after)
    if answer.status == 401:
        raise _refused(answer, text)
    if answer.status == 403:
        raise Forbidden(text)
    if answer.status == 400:
        raise Invalid(text)
    raise System(f"{text} ({method} {answer.url})")


def _refused(answer: Response, text: str) -> HutchError:
    """What a 401 means that credentials did not help against (RFC 6750, 3.1)."""
    if any(
        c.parameters.get("error") == "insufficient_scope"
        for c in challenges(answer.headers.get("www-authenticate", ""))
    ):
        return Forbidden("denied: requested access to the resource is denied")
    return Unauthorized(text)


def described(status: int, body: bytes) -> str:
    """The errors in a registry's answer, as Docker words them: ``code in words: message``."""
    try:
        errors = json.loads(body)["errors"]
        found = [f"{str(e['code']).replace('_', ' ').lower()}: {e.get('message', '')}" for e in errors]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = []
    if found:
        return "\n".join(item[:1000] for item in found[:10])
    if status == 401:
        return "unauthorized: authentication required"
    if status == 429:
        return "toomanyrequests: too many requests"
    return f"received unexpected HTTP status: {status}"


def missing(answer: Response, what: str) -> Response:
    """``answer`` unless it is a 404. Raises NotFound with the registry's words."""
    if answer.status != 404:
        return answer
    raise NotFound(f"{what} not found: {described(404, answer.whole(_DOCUMENT))}")
