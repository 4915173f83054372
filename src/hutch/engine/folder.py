"""A container's own folders: ``hosts``, ``hostname`` and ``resolv.conf`` in the data root, the bundle in the exec root.

The three files are bound into the container as files, so they are written in place: replacing them would leave the
container with the old ones. What the user changed in resolv.conf stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from hutch.linux.files import write_all
from hutch.model.host_config import HostConfig
from hutch.model.mount import Mount
from hutch.network import names

_FILES = (("resolv.conf", "/etc/resolv.conf"), ("hostname", "/etc/hostname"), ("hosts", "/etc/hosts"))
_BIND = ("rbind", "rprivate")


class Resolver(NamedTuple):
    """What the daemon's settings say of name servers, for containers that do not say it themselves."""

    dns: Sequence[str] = ()
    search: Sequence[str] = ()
    options: Sequence[str] = ()


_NO_RESOLVER = Resolver()
_RESOLV_CONF = "/etc/resolv.conf"
_BEHIND_STUB = "/run/systemd/resolve/resolv.conf"


def make(path: str) -> None:
    """The container's folder, for root only."""
    os.mkdir(path, 0o700)


def write_names(
    folder: str,
    host: HostConfig,
    *,
    hostname: str,
    domainname: str,
    address: str,
    gateway: str,
    resolver: Resolver = _NO_RESOLVER,
) -> None:
    """Write the three files. ``address`` is the container's own, "" if it has none; ``gateway`` host-gateway's."""
    extra = host.extra_hosts or ()
    shared = host.network_mode == "host"
    if shared:
        hosts = names.render_host_hosts(_read("/etc/hosts"), extra=extra, host_gateway=gateway)
    else:
        hosts = names.render_hosts(
            address=address, hostname=hostname, domainname=domainname, extra=extra, host_gateway=gateway
        )
    resolv = names.render_resolv_conf(
        _host_resolver(shared),
        dns=host.dns or resolver.dns,
        search=host.dns_search or resolver.search,
        options=host.dns_options or resolver.options,
        shared=shared,
    )
    _write(f"{folder}/hosts", hosts)
    _write(f"{folder}/hostname", names.render_hostname(hostname))
    _write_unless_edited(f"{folder}/resolv.conf", resolv)


def _host_resolver(shared: bool) -> str:
    """The host's resolv.conf; for a network of its own the one behind the stub of systemd-resolved, if there is one."""
    text = _read(_RESOLV_CONF)
    return (not shared and names.only_stub(text) and _read(_BEHIND_STUB)) or text


def _write_unless_edited(path: str, text: str) -> None:
    """Write ``text`` again at every start, as the host's name servers may be others by now, unless somebody has
    changed what was written before: then it stays for good."""
    digest = f"{path}.hash"
    before = _read(path)
    if (before or os.path.exists(path)) and hashlib.sha256(before.encode()).hexdigest() != _read(digest):
        return
    _write(digest, hashlib.sha256(text.encode()).hexdigest())
    if before != text:
        _write(path, text)


def binds(folder: str, targets: set[str]) -> list[Mount]:
    """The mounts of the three files, less those whose place the user takes."""
    return [Mount("bind", f"{folder}/{name}", target, _BIND) for name, target in _FILES if target not in targets]


def write_bundle(folder: str, config: dict[str, Any]) -> None:
    """The OCI bundle: its folder and ``config.json``. Not synced: the exec root does not outlive a boot."""
    os.makedirs(folder, 0o700, exist_ok=True)
    _write(f"{folder}/config.json", msgspec.json.encode(config))


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""


def _write(path: str, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o600 if path.endswith(".json") else 0o644)
    try:
        write_all(fd, data)
    finally:
        os.close(fd)
