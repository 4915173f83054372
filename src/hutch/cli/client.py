"""Requests to the engine as commands make them: one kept-alive connection, errors raised, versions agreed on."""

from __future__ import annotations

from hutch.cli import plain, wire
from hutch.cli.errors import CommandError, EngineError, NoEngine
from hutch.cli.preferences import Preferences
from hutch.cli.variables import pinned_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from hutch.cli.address import Address
    from hutch.cli.wire import Answer, Wire

    Query = dict[str, Any]

API = (1, 50)
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/:")


def escape(text: str) -> str:
    """``text`` for a path or a query value."""
    if _SAFE.issuperset(text):
        return text
    return "".join(chr(b) if chr(b) in _SAFE else f"%{b:02X}" for b in text.encode("utf-8", "surrogateescape"))


def _whole(path: str) -> str:
    """The path of an object whose name may begin with a slash, as ``inspect`` shows those of containers.

    Raises :class:`CommandError` for a name that is empty: the path would be that of all objects.
    """
    if "//" not in path and path[-1] != "/":
        return path
    words = path.split("/")
    if path[-1] == "/" or (len(words) == 4 and not words[2]):
        raise CommandError(f"invalid {words[1].removesuffix('s')} name or ID: value is empty")
    return "/" + "/".join(word for word in words if word)


def target(path: str, query: Query | None) -> str:
    """A path with its query; True is ``1``, dicts and lists of dicts are JSON, None, False and empty are left out."""
    pairs = []
    for name, value in (query or {}).items():
        if value is None or value is False or value == "" or value == {}:
            continue
        for item in value if isinstance(value, list) else [value]:
            text = "1" if item is True else plain.encode(item) if isinstance(item, dict) else str(item)
            pairs.append(f"{name}={escape(text)}")
    return f"{path}?{'&'.join(pairs)}" if pairs else path


_NONE = Preferences("/nonexistent")


class Client:
    """The engine at an address."""

    def __init__(
        self,
        address: Address,
        tls: dict[str, str] | None = None,
        verify: bool = False,
        preferences: Preferences = _NONE,
    ) -> None:
        self.address = address
        self.tls = tls or {}
        self.verify = verify
        self.on_older: Callable[[str], None] | None = None  # told the version of an engine that is older than we
        self.wire: Wire | None = None
        pinned = pinned_version()  # then nothing is agreed on
        self.version = f"/v{pinned}" if pinned else f"/v{API[0]}.{API[1]}" if address.own else ""
        self.ping: dict[str, str] | None = None
        self.wires: list[Wire] = []
        self._ahead: Wire | None = None
        self.preferences = preferences

    @property
    def settings(self) -> str:
        """The folder of this client's settings: that of ``--config``, or the environment's."""
        return self.preferences.home

    def close(self) -> None:
        """Ends all connections."""
        for connection in self.wires:
            connection.close()

    def _dial(self) -> Wire:
        if self.address.text.startswith("unix://"):
            return wire.connect_unix(self.address.path)
        if self.address.tls:
            return wire.connect_tls(self.address.path, self.address.port, self.tls, self.verify)
        return wire.connect_tcp(self.address.path, self.address.port)

    def ahead(self) -> None:
        """Connect for the first request already: the engine accepts while we prepare it. What fails is told then."""
        try:
            self._ahead = self._dial()
        except OSError:
            return
        self.wires.append(self._ahead)

    def connect(self) -> Wire:
        """A new connection, which :meth:`close` ends."""
        connection, self._ahead = self._ahead, None
        if connection is None:
            connection = self._connect()
            self.wires.append(connection)
        return connection

    def _connect(self) -> Wire:
        """A new connection; starts this machine's own engine if nobody named one and none is there."""
        try:
            return self._dial()
        except OSError as error:
            reason = error
        if not self.address.named and isinstance(reason, FileNotFoundError | ConnectionRefusedError):
            from hutch.cli.daemon import start_engine

            if start_engine():
                return self._dial()
        if isinstance(reason, PermissionError):
            raise NoEngine(
                f"permission denied while trying to connect to the hutch daemon socket at {self.address.text}"
            ) from None
        if isinstance(reason, FileNotFoundError | ConnectionRefusedError):
            raise NoEngine(
                f"Cannot connect to the hutch daemon at {self.address.text}. Is the hutch daemon running?"
            ) from None
        raise NoEngine(f"error during connect: {self.address.text}: {reason}") from None

    def idle(self) -> Wire:
        """The kept-alive connection if it is free, else a new one (which becomes the kept one)."""
        if self.wire is None or self.wire.busy:
            self.wire = self.connect()
        return self.wire

    def negotiate(self) -> None:
        """Asks a foreign engine once for its API version and takes the smaller of both."""
        if self.version:
            return
        connection = self.idle()
        connection.send("HEAD", "/_ping", (), None)
        answer = connection.answer()
        connection.busy = False
        if answer.headers.get("connection", "").lower() == "close":
            connection.close()
            self.wire = None
        self.ping = answer.headers
        theirs = answer.headers.get("api-version", "1.24")
        major, _, minor = theirs.partition(".")
        if not (major.isdigit() and minor.isdigit()):
            raise CommandError(f"the engine names an API version that is none: {theirs!r}")
        best = min(API, (int(major), int(minor)))
        self.version = f"/v{best[0]}.{best[1]}"
        if best < API and self.on_older is not None:
            self.on_older(self.version[2:])

    def begin(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Any = None,
        headers: Iterable[str] = (),
        *,
        fresh: bool = False,
    ) -> Wire:
        """Sends a request and returns the connection, whose answer is still to be read."""
        self.negotiate()
        data = None
        heads = [*self.preferences.headers(), *headers]
        if body is not None:
            data = plain.encode(body).encode("utf-8", "surrogateescape")
            heads.append("Content-Type: application/json")
        connection = self.connect() if fresh else self.idle()
        connection.send(method, target(self.version + _whole(path), query), heads, data)
        return connection

    def request(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Any = None,
        headers: Iterable[str] = (),
        *,
        fresh: bool = False,
    ) -> Answer:
        """Sends a request and reads the head of the answer; raises :class:`EngineError` for a status from 400 on."""
        return self.check(self.begin(method, path, query, body, headers, fresh=fresh).answer())

    def check(self, answer: Answer) -> Answer:
        """Raises :class:`EngineError` if the answer is an error."""
        if answer.status < 400:
            return answer
        from hutch.model import json_text

        text = answer.read().decode("utf-8", "replace")
        try:
            message = str(json_text.decode(text)["message"])
        except (CommandError, ValueError, KeyError, TypeError):
            message = text
        except Exception as error:
            if type(error).__name__ != "Invalid":
                raise
            message = text
        raise EngineError(answer.status, message.strip() or f"status {answer.status}")

    def json(self, method: str, path: str, query: Query | None = None, body: Any = None) -> Any:
        """The decoded answer of a request; None if it has no body."""
        from hutch.model import json_text

        text = self.request(method, path, query, body).read()
        return json_text.decode(text.decode("utf-8", "replace")) if text.strip() else None

    def stream(self, method: str, path: str, query: Query | None = None, body: Any = None) -> Iterator[Any]:
        """The JSON objects of an answer, one after another as they come."""
        yield from objects(self.request(method, path, query, body))

    def head(self, path: str, query: Query) -> dict[str, str] | None:
        """The header fields of the answer to HEAD; None for an error, of which HEAD says nothing more."""
        connection = self.begin("HEAD", path, query)
        answer = connection.answer()
        connection.busy = False
        return answer.headers if answer.status < 400 else None

    def upload(self, path: str, query: Query, pieces: Iterable[bytes], method: str = "POST") -> Answer:
        """Sends a tar archive that comes in pieces."""
        self.negotiate()
        connection = self.idle()
        heads = (*self.preferences.headers(), "Content-Type: application/x-tar")
        connection.upload(method, target(self.version + _whole(path), query), heads, pieces)
        return self.check(connection.answer())

    def hijack(self, path: str, query: Query | None, body: Any = None) -> Wire:
        """Sends a request that turns its connection into a raw stream; :meth:`hijacked` then reads the answer."""
        return self.begin("POST", path, query, body, ("Connection: Upgrade", "Upgrade: tcp"), fresh=True)

    def hijacked(self, connection: Wire) -> bool:
        """Waits until the stream is there; returns whether the engine says that it is multiplexed."""
        answer = self.check(connection.answer())
        return "multiplexed" in answer.headers.get("content-type", "")


def objects(answer: Answer) -> Iterator[Any]:
    """The JSON objects of a streamed answer; objects end with a line end."""
    from hutch.model import json_text

    left = b""
    for piece in answer.pieces():
        left += piece
        if b"\n" not in piece:
            continue
        whole, _, left = left.rpartition(b"\n")
        text = whole.decode("utf-8", "replace").strip()
        at = 0
        while at < len(text):
            value, at = json_text.scan(text, at)
            while at < len(text) and text[at] in " \r\n\t":
                at += 1
            yield value
    if left.strip():
        yield json_text.decode(left.decode("utf-8", "replace"))
