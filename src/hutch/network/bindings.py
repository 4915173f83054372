"""Published ports: what is wanted, which host ports are free, and what was bound. Decisions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from hutch.model.errors import Invalid, System
from hutch.model.network import Wanted
from hutch.model.ports import is_address, parse_port, parse_range

_TRIES = 64
"""Ports that are free by our own books and may be somebody else's all the same."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One host address and port that leads to one container port."""

    protocol: str
    container_port: int
    host_ip: str
    host_port: int

    @property
    def port(self) -> str:
        """The key in the API: "80/tcp"."""
        return f"{self.container_port}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Request:
    """One published container port: bind the same port on all ``host_ips``, between ``first`` and ``last``."""

    protocol: str
    container_port: int
    host_ips: tuple[str, ...]
    first: int
    """0: any port of the host's ephemeral range."""
    last: int


def requests(wanted: Wanted, default_ips: Sequence[str]) -> list[Request]:
    """What to bind for a container, in the order of its ports. Raises Invalid for malformed bindings (Docker's text).

    ``default_ips`` are bound when a binding names no host address.
    """
    given: dict[tuple[int, str], list[Mapping[str, str]]] = {}
    for key in wanted.exposed:
        given[parse_port(key)] = []
    for key, value in wanted.bindings.items():
        given.setdefault(parse_port(key), []).extend(value or ())
    result = []
    for number, protocol in sorted(given):
        for one in given[number, protocol]:
            result.append(_request(number, protocol, one, default_ips))
        if not given[number, protocol] and wanted.publish_all:
            result.append(Request(protocol, number, tuple(default_ips), 0, 0))
    return result


def _request(number: int, protocol: str, one: Mapping[str, str], default_ips: Sequence[str]) -> Request:
    host_ip, host_port = one.get("HostIp") or "", str(one.get("HostPort") or "0")
    if host_ip and not is_address(host_ip):
        raise Invalid(f"invalid IP address: {host_ip}")
    try:
        first, last = parse_range(host_port)
    except ValueError:
        raise Invalid(f'invalid port specification: "{host_port}"') from None
    return Request(protocol, number, (host_ip,) if host_ip else tuple(default_ips), first, last)


_ANY = {"0.0.0.0", "::"}


def overlap(one: str, other: str) -> bool:
    """Whether binding the same port on both addresses cannot be."""
    if (":" in one) != (":" in other):
        return False
    return one == other or one in _ANY or other in _ANY


class PortTable:
    """Who has which host port. In memory; what is bound is recorded with the attachment."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, int], list[tuple[str, str]]] = {}
        self._cursor = 0

    def holder(self, protocol: str, host_ip: str, host_port: int) -> str | None:
        """The container that has a port which overlaps this one."""
        for address, container in self._taken.get((protocol, host_port), ()):
            if overlap(address, host_ip):
                return container
        return None

    def claim(self, container: str, binding: Binding) -> None:
        """Note that the container has this port. Raises System with Docker's text when it is taken."""
        if self.holder(binding.protocol, binding.host_ip, binding.host_port) is not None:
            address = f"[{binding.host_ip}]" if ":" in binding.host_ip else binding.host_ip
            raise System(f"Bind for {address}:{binding.host_port} failed: port is already allocated")
        self._taken.setdefault((binding.protocol, binding.host_port), []).append((binding.host_ip, container))

    def release(self, container: str, bindings: Iterable[Binding] | None = None) -> None:
        """Forget these ports of the container, or all of them."""
        keys = None if bindings is None else {(b.protocol, b.host_port): b for b in bindings}
        for key in list(self._taken if keys is None else keys):
            rest = [entry for entry in self._taken.get(key, ()) if entry[1] != container]
            if rest:
                self._taken[key] = rest
            else:
                self._taken.pop(key, None)

    def candidates(self, request: Request, ephemeral: tuple[int, int], most: int = _TRIES) -> list[int]:
        """Up to ``most`` host ports to try for a request, in order: the one wanted, those of its range, or the
        ephemeral ones.

        Ephemeral ports go round, so that a port just released is not at once given to somebody else.
        """
        if request.first == request.last and request.first:
            return [request.first]
        if request.first:
            pool = chain(range(request.first, request.last + 1))
        else:
            low, high = ephemeral
            start = low + self._cursor % (high - low + 1)
            pool = chain(range(start, high + 1), range(low, start))
        free = (
            port
            for port in pool
            if all(self.holder(request.protocol, address, port) is None for address in request.host_ips)
        )
        return list(islice(free, most))

    def advance(self, port: int, ephemeral: tuple[int, int]) -> None:
        """The next search for an ephemeral port begins after ``port``."""
        self._cursor = port - ephemeral[0] + 1


def shown(wanted: Wanted, bound: Iterable[Binding]) -> dict[str, list[dict[str, str]] | None]:
    """The ``Ports`` of inspect's NetworkSettings: bound ports, and None for those that are only exposed."""
    ports: dict[str, list[dict[str, str]] | None] = {}
    for key in (*wanted.exposed, *wanted.bindings):
        number, protocol = parse_port(key)
        ports[f"{number}/{protocol}"] = None
    for binding in bound:
        entries = ports.get(binding.port) or []
        entries.append({"HostIp": binding.host_ip, "HostPort": str(binding.host_port)})
        ports[binding.port] = entries
    return ports


def from_shown(ports: Mapping[str, Sequence[Mapping[str, str]] | None]) -> list[Binding]:
    """The bindings back from what :func:`shown` made of them."""
    result = []
    for key, entries in ports.items():
        number, protocol = parse_port(key)
        result += [Binding(protocol, number, e["HostIp"], int(e["HostPort"])) for e in entries or ()]
    return result
