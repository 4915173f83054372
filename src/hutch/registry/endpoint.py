"""Where a registry is to be found: one or more base URLs, tried in order."""

from __future__ import annotations

from typing import NamedTuple

from hutch.model.reference import DEFAULT_DOMAIN
from hutch.registry.settings import Settings, is_insecure, mirrors, split_port

HUB = "registry-1.docker.io"


class Endpoint(NamedTuple):
    """A server that speaks the distribution protocol."""

    scheme: str
    host: str
    """With the port, if one was given."""

    prefix: str = ""
    """Path before ``/v2/``."""

    verify: bool = True
    """Whether its certificate is checked."""

    mirror: bool = False
    replaces: str = ""
    """The beginning of repositories' paths that ``namespace`` stands for."""

    namespace: str = ""
    """Where a mirror has them instead."""

    def repository(self, path: str) -> str:
        """The path under which this server has the repository ``path``."""
        rest = path.removeprefix(self.replaces).strip("/")
        return "/".join(part for part in (self.namespace, rest) if part) or path

    @property
    def base(self) -> str:
        """The URL without ``/v2/``."""
        return f"{self.scheme}://{self.host}{self.prefix}"

    @property
    def address(self) -> tuple[str, int]:
        """Host name and port to connect to."""
        return address(self.scheme, self.host)


def address(scheme: str, host: str) -> tuple[str, int]:
    """Host name and port of ``host[:port]``."""
    name, port = split_port(host)
    return name, int(port) if port else 443 if scheme == "https" else 80


def endpoints(settings: Settings, domain: str, path: str = "", *, pulling: bool = True) -> list[Endpoint]:
    """The servers of the repository ``path`` of the registry ``domain``, in the order to try them.

    Plain HTTP only for insecure registries, and only after HTTPS; mirrors only to pull from.
    """
    found = []
    if pulling:
        key, urls = mirrors(settings, domain, path)
        for url in urls:
            found += _mirror(settings, url.replace("{registry}", domain.replace(":", "-")), key.partition("/")[2])
    found += _server(settings, Endpoint("https", HUB if domain == DEFAULT_DOMAIN else domain), domain)
    return found


def _mirror(settings: Settings, url: str, replaces: str) -> list[Endpoint]:
    """The servers of a mirror (``registry/rules.py`` has the two ways to name one)."""
    scheme, separator, rest = url.rpartition("://")
    host, _, path = rest.partition("/")
    path = path.strip("/")
    if separator:
        prefix = f"/{path}" if path else ""
        return [Endpoint(scheme, host, prefix, not is_insecure(settings, host), mirror=True)]
    return _server(settings, Endpoint("https", host, mirror=True, replaces=replaces, namespace=path), host)


def _server(settings: Settings, secure: Endpoint, domain: str) -> list[Endpoint]:
    """Over HTTPS, and if ``domain`` may be insecure, over HTTP."""
    if not is_insecure(settings, domain):
        return [secure]
    return [secure._replace(verify=False), secure._replace(scheme="http")]
