"""An archive from a web server, for ``docker import URL``: the daemon asks for it itself, by the proxies it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from hutch.model.errors import Invalid, System
from hutch.registry.settings import Settings
from hutch.registry.transport import Response, Transport

_REDIRECTS = 10
_SAID = 4096  # bytes of an error's page that are shown


def address(source: str) -> str:
    """The URL that is meant; without a scheme it is http. Raises Invalid for what no web server has. Pure."""
    url = source if "://" in source else f"http://{source}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise Invalid(f'Get "{source}": unsupported protocol scheme "{parts.scheme}"')
    if not parts.netloc or "@" in parts.netloc or any(letter <= " " for letter in url):
        raise Invalid(f"invalid URL {source[:200]!r}")
    return url


@contextmanager
def fetch(settings: Settings, url: str) -> Iterator[Callable[[int], bytes]]:
    """``read(n)`` over what is at ``url``, redirects followed. Raises System for an error's answer, Unavailable."""
    transport = Transport(settings)
    try:
        answer = _asked(transport, url)
        try:
            yield answer.read
        finally:
            answer.close()
    finally:
        transport.close()


def _asked(transport: Transport, url: str) -> Response:
    at = url
    for _ in range(_REDIRECTS + 1):
        answer = transport.send("GET", at, {}, None, verify=True)
        if answer.status in (301, 302, 303, 307, 308) and "location" in answer.headers:
            at = address(urljoin(at, answer.headers["location"]))
            answer.close()
            continue
        if answer.status == HTTPStatus.OK:
            return answer
        try:
            said = answer.read(_SAID).decode("utf-8", "replace").strip()
        finally:
            answer.close()
        phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
        raise System(f"failed to GET {url} with status {answer.status} {phrase}: {said}")
    raise System(f'Get "{url}": stopped after {_REDIRECTS} redirects')
