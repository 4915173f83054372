"""How registries are spoken to: what the daemon was told about them, as one value."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from socket import inet_aton
from typing import NamedTuple

from hutch.model.errors import Invalid
from hutch.model.reference import DEFAULT_DOMAIN
from hutch.registry import rules

CERTIFICATES = ("/etc/hutch/certs.d", "/etc/docker/certs.d")


class Settings(NamedTuple):
    """The daemon's settings about registries, by dockerd's meanings."""

    mirrors: tuple[str, ...] = ()
    """Base URLs of mirrors of Docker Hub, asked first."""

    insecure: tuple[str, ...] = ()
    """Hosts (with or without port) and networks that are spoken to without checked certificates, or in plain HTTP."""

    registries: tuple[rules.Rule, ...] = ()
    """What was said about single registries."""

    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    downloads: int = 3
    """Blobs of one daemon that are fetched at the same time."""

    uploads: int = 5
    attempts: int = 5
    """How often a blob is tried again without a byte of progress."""

    certificates: tuple[str, ...] = CERTIFICATES


def from_environment(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """``settings`` with the proxies of the environment where none are configured (curl's and Go's names)."""

    def either(name: str) -> str:
        return environment.get(name) or environment.get(name.lower()) or ""

    return settings._replace(
        http_proxy=settings.http_proxy or either("HTTP_PROXY"),
        https_proxy=settings.https_proxy or either("HTTPS_PROXY"),
        no_proxy=settings.no_proxy or either("NO_PROXY"),
    )


def check(settings: Settings) -> Settings:
    """``settings`` if they can be meant so. Raises Invalid with dockerd's words where it has some."""
    for mirror in settings.mirrors:
        scheme, separator, rest = mirror.partition("://")
        if scheme not in ("http", "https") or not separator or not rest.strip("/"):
            raise Invalid(f'invalid mirror: "{mirror}" is not a valid URI')
        if "@" in rest or "?" in rest or "#" in rest:
            raise Invalid(f'invalid mirror: "{mirror}" has user, query or fragment')
    for entry in settings.insecure:
        if "://" in entry:
            raise Invalid(f"insecure registry {entry} should not contain '://'")
    for rule in settings.registries:
        rules.check(rule)
        if rule.key == DEFAULT_DOMAIN and rule.mirrors and settings.mirrors:
            raise Invalid(
                f"mirrors of {DEFAULT_DOMAIN} are in registry-mirrors and in registries", hint="leave one out"
            )
    for name in ("downloads", "uploads", "attempts"):
        if getattr(settings, name) < 1:
            raise Invalid(f"invalid number of {name}: {getattr(settings, name)}")
    return settings


def mirrors(settings: Settings, domain: str, path: str = "") -> tuple[str, tuple[str, ...]]:
    """(the key that named it, mirrors) of the repository ``path`` of ``domain``: of ``registries``, or Docker Hub's."""
    rule = rules.find(settings.registries, domain, path)
    if domain == DEFAULT_DOMAIN and settings.mirrors and (rule is None or rule.key == rules.ANY):
        return domain, settings.mirrors
    return (rule.key, rule.mirrors) if rule is not None else (domain, ())


def split_port(host: str) -> tuple[str, str]:
    """(name, port or "") of ``name:port``, ``[v6]:port`` or either without a port."""
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        return name, rest.removeprefix(":")
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isdigit() and ":" not in name else (host, "")


def is_loopback(host: str) -> bool:
    """Whether ``host`` (without port) is this machine by its text; names are not looked up, so nobody else says so."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_near(host: str) -> bool:
    """Whether ``host`` is an address of this machine or of its link, however it is written.

    What answers there (a cloud's metadata, a service without a password) is not for strangers to send us to.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            address = ipaddress.IPv4Address(inet_aton(host))  # 127.1, 0x7f000001, 2130706433
        except (OSError, ValueError):
            return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_link_local or address.is_unspecified


def is_insecure(settings: Settings, domain: str) -> bool:
    """Whether the registry ``domain`` (host[:port]) need not have a certificate that is trusted."""
    host, _ = split_port(domain)
    if is_loopback(host):
        return True
    for rule in settings.registries:
        if rule.insecure and rule.key in (domain, host):
            return True
    for entry in settings.insecure:
        if entry in (domain, host):
            return True
        try:
            if "/" in entry and ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def rule_of(settings: Settings, domain: str) -> rules.Rule | None:
    """What was said about the registry ``domain`` (host[:port]) itself: with its port, else of the host."""
    found = {rule.key: rule for rule in settings.registries}
    return found.get(domain) or found.get(split_port(domain)[0])


def trusting(settings: Settings, domain: str, insecure: bool) -> Settings:
    """``settings`` that let one registry be insecure if a client says so for this once."""
    return settings._replace(insecure=(*settings.insecure, domain)) if insecure else settings


def proxy_for(settings: Settings, scheme: str, host: str) -> str:
    """The proxy (a URL) for a host without port, or "": never for this machine, nor for what ``no_proxy`` names."""
    proxy = settings.https_proxy if scheme == "https" else settings.http_proxy
    if not proxy or is_loopback(host):
        return ""
    for entry in settings.no_proxy.split(","):
        entry = split_port(entry.strip().lower())[0]
        if entry == "*" or _covers(entry, host.lower()):
            return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _covers(entry: str, host: str) -> bool:
    if not entry:
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").lstrip(".")
        return host.endswith("." + name) or (host == name and not entry.startswith("."))
