"""Who we are for a registry: challenges, basic credentials, and tokens (distribution, token authentication)."""

from __future__ import annotations

import base64
import functools
import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from hutch.model.errors import Invalid, System, Unauthorized
from hutch.registry.endpoint import Endpoint
from hutch.registry.rules import password
from hutch.registry.settings import is_insecure, rule_of

if TYPE_CHECKING:
    from hutch.registry.transport import Transport

_LIFE = 60  # seconds of a token that says nothing about itself
_EARLY = 5  # seconds before its end at which a token is not used any more
_ANSWER = 1 << 20
CLIENT = "docker"


class Credentials(NamedTuple):
    """What a client sent with its request (``X-Registry-Auth``)."""

    username: str = ""
    password: str = ""
    identity_token: str = ""
    registry_token: str = ""

    @classmethod
    def of(cls, auth: Mapping[str, Any] | None) -> Credentials:
        """From the decoded header; what is not text is nothing."""

        def text(key: str) -> str:
            value = (auth or {}).get(key)
            return value if isinstance(value, str) else ""

        username, password = text("username"), text("password")
        if not username and text("auth"):
            try:
                username, _, password = base64.b64decode(text("auth"), validate=True).decode().partition(":")
            except ValueError:
                username = password = ""
        return cls(username, password, text("identitytoken"), text("registrytoken"))

    @property
    def basic(self) -> str:
        """The header's value."""
        pair = f"{self.username}:{self.password}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


class Challenge(NamedTuple):
    """One way in that a registry offers (RFC 9110, 11.6.1)."""

    scheme: str
    parameters: dict[str, str]


def challenges(header: str) -> list[Challenge]:
    """The challenges in ``WWW-Authenticate``; what cannot be read is left out."""
    found: list[Challenge] = []
    at = 0
    while at < len(header):
        while at < len(header) and header[at] in " ,\t":
            at += 1
        start = at
        while at < len(header) and header[at] not in " ,=\t":
            at += 1
        word = header[start:at]
        if not word:
            break
        if at < len(header) and header[at] == "=":
            value, at = _value(header, at + 1)
            if found:
                found[-1].parameters[word.lower()] = value
        else:
            found.append(Challenge(word.lower(), {}))
    return found


def _value(header: str, at: int) -> tuple[str, int]:
    if at < len(header) and header[at] == '"':
        out = []
        at += 1
        while at < len(header) and header[at] != '"':
            if header[at] == "\\" and at + 1 < len(header):
                at += 1
            out.append(header[at])
            at += 1
        return "".join(out), at + 1
    end = at
    while end < len(header) and header[end] not in ", \t":
        end += 1
    return header[at:end], end


class Authorizer:
    """The ``Authorization`` for one server, as its challenges ask for it. Safe for several threads."""

    def __init__(self, transport: Transport, endpoint: Endpoint, credentials: Credentials) -> None:
        self._transport, self._endpoint = transport, endpoint
        self._given = credentials
        self._tokens: dict[tuple[str, ...], tuple[str, float]] = {}
        self._basic = False
        self._lock = threading.Lock()
        self.identity = ""
        """The refresh token that the token server gave, if one was asked for."""

    @functools.cached_property
    def _credentials(self) -> Credentials:
        """The client's; but a mirror is another party than the registry whose credentials these are: the engine's own
        for that one, if it was given some. Raises System if they cannot be read."""
        if not self._endpoint.mirror:
            return self._given
        rule = rule_of(self._transport.settings, self._endpoint.host)
        return Credentials(rule.username, password(rule)) if rule is not None and rule.username else Credentials()

    def header(self, scopes: Sequence[str]) -> str:
        """What to send at first; "" as long as nobody has asked."""
        if self._credentials.registry_token:
            return f"Bearer {self._credentials.registry_token}"
        with self._lock:
            token, end = self._tokens.get(tuple(scopes), ("", 0.0))
            if token and time.monotonic() < end:
                return f"Bearer {token}"
            return self._credentials.basic if self._basic else ""

    def answer(self, header: str, scopes: Sequence[str], *, refused: str = "", offline: bool = False) -> str:
        """What to send after a 401 whose ``WWW-Authenticate`` was ``header``; ``refused`` is what was sent before.

        Raises Unauthorized if there is nothing (else) to send.
        """
        if self._credentials.registry_token:
            raise Unauthorized("unauthorized: the registry does not accept the registry token")
        for challenge in challenges(header):
            if challenge.scheme == "bearer":
                return self._bearer(challenge.parameters, scopes, refused, offline)
            if challenge.scheme == "basic":
                if not self._credentials.username:
                    raise Unauthorized("no basic auth credentials")
                if refused == self._credentials.basic:
                    raise Unauthorized("unauthorized: authentication required")
                self._basic = True
                return self._credentials.basic
        raise Unauthorized("unauthorized: authentication required")

    def _bearer(self, parameters: Mapping[str, str], scopes: Sequence[str], refused: str, offline: bool) -> str:
        with self._lock:  # threads whose token ended together need one new one
            token, end = self._tokens.get(tuple(scopes), ("", 0.0))
            if token and time.monotonic() < end and refused != f"Bearer {token}":
                return f"Bearer {token}"
            asked = tuple(scopes) or tuple(filter(None, [parameters.get("scope", "")]))
            token, life = self._fetch(parameters, asked, offline)
            self._tokens[tuple(scopes)] = token, time.monotonic() + max(life - _EARLY, 1)
            return f"Bearer {token}"

    def _fetch(self, parameters: Mapping[str, str], scopes: Sequence[str], offline: bool) -> tuple[str, int]:
        realm, service = parameters.get("realm", ""), parameters.get("service", "")
        verify = self._check_realm(realm)
        mine = self._credentials
        headers = {"Accept": "application/json"}
        if mine.identity_token:
            form = {"grant_type": "refresh_token", "service": service, "client_id": CLIENT,
                    "refresh_token": mine.identity_token}  # fmt: skip
            if scopes:
                form["scope"] = " ".join(scopes)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer = self._transport.send("POST", realm, headers, urlencode(form).encode(), verify=verify)
        else:
            query = [("service", service)] if service else []
            query += [("scope", scope) for scope in scopes]
            if offline:
                query += [("offline_token", "true"), ("client_id", CLIENT)]
            if mine.username:
                query.append(("account", mine.username))
                headers["Authorization"] = mine.basic
            joint = "&" if urlsplit(realm).query else "?"
            url = realm + (joint + urlencode(query) if query else "")
            answer = self._transport.send("GET", url, headers, None, verify=verify)
        return self._token(answer.status, answer.whole(_ANSWER), realm)

    def _check_realm(self, realm: str) -> bool:
        """Whether the token server's certificate is checked. Raises Invalid for one in plain HTTP, unless the registry
        or it may be insecure: it gets the password."""
        parts = urlsplit(realm)
        insecure = is_insecure(self._transport.settings, parts.netloc)
        if parts.scheme == "http" and not (insecure or self._endpoint.scheme == "http"):
            raise Invalid(f"refusing to send credentials to {realm[:200]} in plain HTTP")
        if parts.scheme not in ("http", "https"):
            raise Invalid(f"the registry names a token server that is none: {realm[:200]!r}")
        return not insecure

    def _token(self, status: int, body: bytes, realm: str) -> tuple[str, int]:
        if status in (401, 403):
            raise Unauthorized("unauthorized: incorrect username or password"
                               if self._credentials.username or self._credentials.identity_token
                               else "unauthorized: authentication required")  # fmt: skip
        if status != 200:
            raise System(f"token server {realm[:200]} answered with status {status}")
        try:
            answer = json.loads(body)
            token = answer.get("token") or answer.get("access_token")
            life = answer.get("expires_in") or _LIFE
        except (ValueError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not token.isprintable() or not isinstance(life, int | float):
            raise Invalid(f"token server {realm[:200]} answered without a token")
        self.identity = str(answer.get("refresh_token") or "") or self.identity
        return token, int(life)
