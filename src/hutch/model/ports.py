"""Ports as users write them: ``-p [ip:]host[-end]:container[-end][/proto]``, ``--expose`` and API port keys. Pure.

Imported by the command, so nothing slow is imported here. Error texts are Docker's (go-connections ``nat``).
"""

from __future__ import annotations

from hutch.model.errors import Invalid

PROTOCOLS = ("tcp", "udp", "sctp")


class Publish:
    """One published port: ``port`` as "80/tcp"; ``host_port`` may be "" (any) or "8000-8010" (any of these)."""

    __slots__ = ("host_ip", "host_port", "port")

    def __init__(self, port: str, host_ip: str = "", host_port: str = "") -> None:
        self.port = port
        self.host_ip = host_ip
        self.host_port = host_port

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Publish) and all(getattr(self, s) == getattr(other, s) for s in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.port, self.host_ip, self.host_port))

    def __repr__(self) -> str:
        return f"Publish({self.port!r}, {self.host_ip!r}, {self.host_port!r})"


def parse_range(text: str) -> tuple[int, int]:
    """(first, last) of "80" or "80-90". Raises ValueError with Docker's reason."""
    if not text:
        raise ValueError("empty string specified for ports")
    first, dash, last = text.partition("-")
    low = _number(first)
    high = _number(last) if dash else low
    if high < low:
        raise ValueError(f"invalid range specified for port: {text}")
    return low, high


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if len(text) > 5 or int(text) > 65535:
        raise ValueError(f'strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)


def parse_port(key: str) -> tuple[int, str]:
    """(80, "tcp") of an API key such as "80/tcp" or "80". Raises Invalid with Docker's text."""
    number, slash, protocol = key.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in PROTOCOLS:
        raise Invalid(f"invalid proto: {protocol}")
    try:
        return _number(number), protocol
    except ValueError:
        raise Invalid(f"invalid containerPort: {number}") from None


def is_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address; own code, because ``ipaddress`` is slow to import."""
    if ":" not in text:
        parts = text.split(".")
        return len(parts) == 4 and all(_is_octet(p) for p in parts)
    head, gap, tail = text.partition("::")
    if "::" in tail:
        return False
    groups = (head.split(":") if head else []) + (tail.split(":") if tail else [])
    count = len(groups)
    if groups and "." in groups[-1] and (tail or not gap):
        if not is_address(groups.pop()):
            return False
        count += 1
    hexadecimal = all(1 <= len(g) <= 4 and all(c in "0123456789abcdefABCDEF" for c in g) for g in groups)
    return hexadecimal and (count < 8 if gap else count == 8)


def _is_octet(text: str) -> bool:
    """A number up to 255 without leading zeros: some programs read those as octal."""
    return text.isascii() and text.isdigit() and len(text) < 4 and int(text) < 256 and str(int(text)) == text


def _split(spec: str) -> tuple[str, str, str]:
    """(ip, host port, container port) of a specification without its protocol."""
    parts = spec.split(":")
    if len(parts) == 1:
        return "", "", parts[0]
    if len(parts) == 2:
        return "", parts[0], parts[1]
    return ":".join(parts[:-2]), parts[-2], parts[-1]


def parse_publish(spec: str) -> list[Publish]:
    """What one ``-p`` asks for, a :class:`Publish` for every container port. Raises Invalid with Docker's text."""
    if "=" in spec:
        return _parse_long(spec)
    rest, _slash, protocol = spec.partition("/")
    protocol = protocol.lower() or "tcp"
    host_ip, host, container = _split(rest)
    if host_ip.startswith("[") and host_ip.endswith("]"):
        host_ip = host_ip[1:-1]
    if host_ip and not is_address(host_ip):
        raise Invalid(f"invalid IP address: {host_ip}")
    if not container:
        raise Invalid(f"no port specified: {spec}<empty>")
    try:
        first, last = parse_range(container)
    except ValueError:
        raise Invalid(f"invalid containerPort: {container}") from None
    try:
        host_first, host_last = parse_range(host) if host else (0, 0)
    except ValueError:
        raise Invalid(f"invalid hostPort: {host}") from None
    if host and last - first != host_last - host_first and last != first:
        raise Invalid(f"invalid ranges specified for container and host Ports: {container} and {host}")
    if protocol not in PROTOCOLS:
        raise Invalid(f"invalid proto: {protocol}")
    result = []
    for offset in range(last - first + 1):
        wanted = str(host_first + offset) if host else ""
        if host and first == last and host_first != host_last:
            wanted = f"{host_first}-{host_last}"
        result.append(Publish(f"{first + offset}/{protocol}", host_ip, wanted))
    return result


def _parse_long(spec: str) -> list[Publish]:
    """The form ``published=8080,target=80,protocol=tcp``; as Docker's, other keys are passed over."""
    values = {"target": "", "published": "", "protocol": "tcp"}
    for field in spec.split(","):
        key, equals, value = field.partition("=")
        if not equals:
            raise Invalid(f"invalid publish opts format (should be name=value but got '{field}')")
        values[key] = value
    return parse_publish(f"{values['published']}:{values['target']}/{values['protocol']}")


def parse_expose(spec: str) -> list[str]:
    """The port keys of one ``--expose`` ("80", "80/udp", "80-90/tcp"). Raises Invalid with Docker's text."""
    if ":" in spec:
        raise Invalid(f"invalid port format for --expose: {spec}")
    ports, _slash, protocol = spec.partition("/")
    protocol = protocol.lower() or "tcp"
    try:
        first, last = parse_range(ports)
    except ValueError as error:
        raise Invalid(f"invalid range format for --expose: {spec}, error: {error}") from None
    if protocol not in PROTOCOLS:
        raise Invalid(f"invalid proto: {protocol}")
    return [f"{port}/{protocol}" for port in range(first, last + 1)]
