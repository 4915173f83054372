"""``--publish`` and ``--expose``."""

from __future__ import annotations

from hutch.cli.errors import OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    Bindings = dict[str, list[dict[str, str]]]

PROTOCOLS = ("tcp", "udp", "sctp")


def port_range(text: str) -> tuple[int, int]:
    """``80`` or ``80-90``; raises ValueError."""
    first, dash, last = text.partition("-")
    low = int(first)
    high = int(last) if dash else low
    if not (first.isdigit() and 0 < low <= high <= 65535):
        raise ValueError(text)
    return low, high


def _protocol(text: str) -> tuple[str, str]:
    ports, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in PROTOCOLS:
        raise OptionError(f"invalid proto: {protocol}")
    return ports, protocol


def _split(text: str) -> tuple[str, str, str]:
    """Address, host port, container port of the part before the protocol."""
    front, _, container = text.rpartition(":")
    address, _, host = front.rpartition(":")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    return address, host, container


def expose(words: list[str]) -> dict[str, dict[str, str]]:
    """``ExposedPorts`` of ``--expose`` words."""
    out: dict[str, dict[str, str]] = {}
    for word in words:
        if ":" in word:
            raise OptionError(f"invalid port format for --expose: {word}")
        ports, protocol = _protocol(word)
        try:
            low, high = port_range(ports)
        except ValueError:
            raise OptionError(f"invalid range format for --expose: {word}, error: invalid port") from None
        for port in range(low, high + 1):
            out[f"{port}/{protocol}"] = {}
    return out


def _long_form(word: str) -> str:
    """``target=80,published=8080,protocol=tcp`` in the short form."""
    fields = dict(part.partition("=")[::2] for part in word.split(","))
    unknown = set(fields) - {"target", "published", "protocol", "mode"}
    if unknown or "target" not in fields:
        raise OptionError(f"invalid publish option: {word}")
    front = f"{fields['published']}:" if "published" in fields else ""
    return f"{front}{fields['target']}/{fields.get('protocol', 'tcp')}"


def publish(words: list[str]) -> Bindings:
    """``PortBindings`` of ``--publish`` words; raises :class:`CommandError`."""
    out: Bindings = {}
    for word in words:
        text, protocol = _protocol(_long_form(word) if "=" in word else word)
        address, host, container = _split(text)
        if not container:
            raise OptionError(f"no port specified: {word}<empty>")
        try:
            low, high = port_range(container)
        except ValueError:
            raise OptionError(f"invalid containerPort: {container}") from None
        try:
            first, last = port_range(host) if host else (0, 0)
        except ValueError:
            raise OptionError(f"invalid hostPort: {host}") from None
        if host and last - first != high - low and low != high:
            raise OptionError(f"invalid ranges specified for container and host Ports: {container} and {host}")
        for port in range(low, high + 1):
            if not host:
                bound = ""
            elif low == high and first != last:
                bound = f"{first}-{last}"
            else:
                bound = str(first + port - low)
            out.setdefault(f"{port}/{protocol}", []).append({"HostIp": address, "HostPort": bound})
    return out
