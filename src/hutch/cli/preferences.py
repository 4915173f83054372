"""What the user has written into ``config.json``: formats, keys, headers, proxies, the context (Docker's own file).

The file is shared with Docker's command, which writes it too. One that cannot be read is told about and left alone, as
Docker does; credentials are another matter (``credentials.py``).
"""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.cli.variables import find, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_LIMIT = 1 << 24
_PROXIES = {
    "httpProxy": "HTTP_PROXY",
    "httpsProxy": "HTTPS_PROXY",
    "ftpProxy": "FTP_PROXY",
    "noProxy": "NO_PROXY",
    "allProxy": "ALL_PROXY",
}
FORMATS = {"ps": "psFormat", "images": "imagesFormat", "volume_ls": "volumesFormat", "network_ls": "networksFormat"}
"""Commands (by their modules) with a format of their own in the file."""


def folder(flag: str) -> str:
    """The folder of the settings: ``--config``, HUTCH_CONFIG, DOCKER_CONFIG, or ``~/.docker``."""
    return flag or variable("HUTCH_CONFIG") or variable("DOCKER_CONFIG") or f"{variable('HOME') or '/root'}/.docker"


class Preferences:
    """The file in the folder ``home``, read when something is asked for."""

    def __init__(self, home: str) -> None:
        self.home = home
        self._read: Json | None = None

    def get(self, name: str) -> Any:
        """A top-level value of the file, None if there is none."""
        if self._read is None:
            self._read = self._load()
        return self._read.get(name)

    def text(self, name: str) -> str:
        """The same where a text is wanted."""
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def _load(self) -> Json:
        path = f"{self.home}/config.json"
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read(_LIMIT)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            return _ignored(path, (error.strerror or "").lower())
        from hutch.model import json_text
        from hutch.model.errors import Invalid

        try:
            found = json_text.decode(text) if text.strip() else {}
        except Invalid as error:
            return _ignored(path, error.message)
        return found if isinstance(found, dict) else _ignored(path, "it holds no object")

    def headers(self) -> list[str]:
        """``HttpHeaders``: sent with every request; who asks is not for the file to say."""
        given = self.get("HttpHeaders")
        pairs = given.items() if isinstance(given, dict) else ()
        return [
            f"{name}: {value}"
            for name, value in pairs
            if name.lower() != "user-agent" and not {"\r", "\n"} & set(f"{name}{value}")
        ]

    def proxies(self, host: str) -> list[str]:
        """``proxies`` for containers of the engine at ``host`` as environment entries, in both spellings."""
        given = self.get("proxies")
        given = given if isinstance(given, dict) else {}
        chosen = given.get(host) or given.get("default")
        chosen = chosen if isinstance(chosen, dict) else {}
        out = []
        for key, name in _PROXIES.items():
            if chosen.get(key):
                out += [f"{name}={chosen[key]}", f"{name.lower()}={chosen[key]}"]
        return out

    def context(self, flag: str, hosts: list[str]) -> Json:
        """The ``docker`` endpoint of the context that is to be used; empty for the default one.

        ``--context``, else an address that was given, else HUTCH_CONTEXT, DOCKER_CONTEXT, ``currentContext``.
        Raises :class:`CommandError` for one that is not there.
        """
        if flag and hosts:
            raise CommandError("conflicting options: cannot specify both --host and --context")
        name = flag
        if not name and not hosts and not find("HUTCH_HOST") and not find("DOCKER_HOST"):
            name = variable("HUTCH_CONTEXT") or variable("DOCKER_CONTEXT") or self.text("currentContext")
        return self._endpoint(name) if name and name != "default" else {}

    def _endpoint(self, name: str) -> Json:
        from hashlib import sha256

        from hutch.model import json_text

        key = sha256(name.encode()).hexdigest()
        path = f"{self.home}/contexts/meta/{key}/meta.json"
        problem = f'unable to resolve docker endpoint: context "{name}"'
        try:
            with open(path, encoding="utf-8") as file:
                found = json_text.decode(file.read(_LIMIT))
            endpoint: Json = {**found["Endpoints"]["docker"]}
        except OSError as error:
            reason = f"open {path}: {(error.strerror or '').lower()}"
            raise CommandError(f"Failed to initialize: {problem}: context not found: {reason}") from None
        except Exception as error:
            raise CommandError(f"Failed to initialize: {problem}: {error}") from None
        endpoint["tls"] = f"{self.home}/contexts/tls/{key}/docker"
        return endpoint


def _ignored(path: str, reason: str) -> Json:
    sys.stderr.write(f"WARNING: Error parsing config file ({path}): {reason}\n")
    return {}
