"""Whether a registry accepts credentials (``docker login``)."""

from __future__ import annotations

from hutch.model.errors import Invalid, Unauthorized
from hutch.model.reference import DEFAULT_DOMAIN, LEGACY_DOMAIN
from hutch.registry.auth import Credentials
from hutch.registry.client import Registry, connect, first
from hutch.registry.settings import Settings

_ANSWER = 1 << 20


def server(address: str) -> str:
    """The registry that a server address of a client's settings means: a host, or a URL of it. Raises Invalid."""
    host = address.removeprefix("https://").removeprefix("http://").partition("/")[0]
    if host in ("", LEGACY_DOMAIN, "registry-1.docker.io"):
        return DEFAULT_DOMAIN
    if "@" in host or not host.isprintable() or " " in host:
        raise Invalid(f"invalid server address {address[:200]!r}")
    return host


def login(settings: Settings, credentials: Credentials, address: str) -> str:
    """Ask the registry at ``address`` whether it knows these; the identity token, if it gives one. Raises
    Unauthorized, or Unavailable when it cannot be reached."""
    candidates = connect(settings, server(address), credentials, pulling=False)
    try:
        return first(candidates, lambda registry, _: _ask(registry))
    finally:
        for candidate in candidates:
            candidate.close()


def _ask(registry: Registry) -> str:
    try:
        answer = registry.send("GET", "", (), offline=True)
    except Unauthorized as error:
        if not error.message.endswith("unauthorized: authentication required"):
            raise
        where = registry.locate("")
        raise Unauthorized(f"login attempt to {where} failed with status: 401 Unauthorized") from None
    answer.whole(_ANSWER)
    if answer.status != 200:
        raise Unauthorized(f"login attempt to {answer.url} failed with status: {answer.status}")
    return registry.auth.identity
