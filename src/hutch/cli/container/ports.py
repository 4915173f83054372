"""``--publish`` and ``--expose`` as the create request has them; the words are read by ``model/ports.py``."""

from __future__ import annotations

from hutch.cli.errors import OptionError
from hutch.model.errors import Invalid
from hutch.model.ports import parse_expose, parse_publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    Bindings = dict[str, list[dict[str, str]]]


def expose(words: list[str]) -> dict[str, dict[str, str]]:
    """``ExposedPorts`` of ``--expose`` words. Raises :class:`OptionError`."""
    try:
        return {port: {} for word in words for port in parse_expose(word)}
    except Invalid as error:
        raise OptionError(error.message) from None


def publish(words: list[str]) -> Bindings:
    """``PortBindings`` of ``--publish`` words. Raises :class:`OptionError`."""
    out: Bindings = {}
    try:
        for word in words:
            for each in parse_publish(word):
                out.setdefault(each.port, []).append({"HostIp": each.host_ip, "HostPort": each.host_port})
    except Invalid as error:
        raise OptionError(error.message) from None
    return out
