"""Where a registry is to be found: one or more base URLs, tried in order."""

from __future__ import annotations

from typing import NamedTuple

from hutch.model.reference import DEFAULT_DOMAIN
from hutch.registry.settings import Settings, is_insecure, split_port

HUB = "registry-1.docker.io"
HUB_KEY = "https://index.docker.io/v1/"
"""The name under which clients keep the credentials of Docker Hub."""


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


def endpoints(settings: Settings, domain: str, *, mirrors: bool = True) -> list[Endpoint]:
    """The servers of the registry ``domain``, in the order to try them.

    Plain HTTP only for insecure registries, and only after HTTPS; mirrors only to pull from, only for Docker Hub.
    """
    found = []
    if mirrors and domain == DEFAULT_DOMAIN:
        for url in settings.mirrors:
            scheme, _, rest = url.partition("://")
            host, _, path = rest.partition("/")
            prefix = "/" + path.strip("/") if path.strip("/") else ""
            found.append(Endpoint(scheme, host, prefix, not is_insecure(settings, host), mirror=True))
    host = HUB if domain == DEFAULT_DOMAIN else domain
    insecure = is_insecure(settings, domain)
    found.append(Endpoint("https", host, verify=not insecure))
    if insecure:
        found.append(Endpoint("http", host))
    return found
