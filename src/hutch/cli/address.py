"""Where the engine is: ``--host``, ``HUTCH_HOST``, ``DOCKER_HOST``, or the socket of this machine's own engine."""

from __future__ import annotations

from hutch.cli.errors import CommandError
from hutch.cli.variables import variable

DEFAULT = "unix:///run/hutch.sock"


class Address:
    """An engine's address. ``named`` tells whether anybody chose it; ``own`` whether it is known to be a hutchd."""

    __slots__ = ("named", "own", "path", "port", "text", "tls")

    def __init__(self, text: str, *, named: bool, own: bool, tls: bool) -> None:
        """Reads ``unix://PATH`` and ``tcp://HOST:PORT``; raises :class:`CommandError`."""
        scheme, found, rest = text.partition("://")
        if not found:
            scheme, rest = "tcp", text
        if scheme not in ("unix", "tcp", "http", "https"):
            raise CommandError(f'unable to parse docker host "{text}": {scheme}:// is not supported by hutch')
        self.text = text if found else f"tcp://{text}"
        self.named = named
        self.own = own
        self.tls = tls or scheme == "https"
        self.port = 0
        self.path = rest
        if scheme != "unix":
            host, _, port = rest.rstrip("/").rpartition(":")
            self.path, digits = (host, port) if host and port.isdigit() else (rest.rstrip("/"), "")
            self.path = self.path.strip("[]") or "localhost"
            self.port = int(digits or ("2376" if self.tls else "2375"))


def find(host: str, tls: bool) -> Address:
    """The address to use, given the flag ``--host`` (or nothing)."""
    for text, own in (
        (host, False),
        (variable("HUTCH_HOST"), True),
        (variable("DOCKER_HOST"), False),
    ):
        if text:
            return Address(text, named=True, own=own or text.endswith("/hutch.sock"), tls=tls)
    return Address(DEFAULT, named=False, own=True, tls=False)
