"""Which server gave what of a pull, for ``pull --explain``: a line for the manifest, the config and each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hutch.model import digest

if TYPE_CHECKING:
    from hutch.images.threads import Sink
    from hutch.model.errors import HutchError
    from hutch.registry.endpoint import Endpoint

Json = dict[str, Any]


class Explanation:
    """Lines about one pull, told as progress objects without an id; nothing is told without a sink."""

    def __init__(self, sink: Sink[Json] | None) -> None:
        self._sink = sink

    def failed(self, endpoint: Endpoint, error: HutchError) -> None:
        """This server was asked, and the next one is."""
        self._say(f"not from {where(endpoint)}: {error.message}")

    def gave(self, what: str, name: str, endpoint: Endpoint) -> None:
        """A document came from this server."""
        self._say(f"{what} {digest.short(name)} from {where(endpoint)}")

    def layer(self, name: str, servers: list[str] | None) -> None:
        """A layer's bytes came from these servers, in this order; None: it was not asked for."""
        if servers is None:
            self._say(f"layer {digest.short(name)} was here")
        elif not servers:
            self._say(f"layer {digest.short(name)} was fetched before, or by another pull")
        else:
            self._say(f"layer {digest.short(name)} from {', then '.join(servers)}")

    def _say(self, text: str) -> None:
        if self._sink is not None:
            self._sink.put({"status": text})


def where(endpoint: Endpoint) -> str:
    """A server as users know it: its URL, the place that it has instead of the registry's, that it is a mirror."""
    place = f"/{endpoint.namespace}" if endpoint.namespace else ""
    return f"{endpoint.base}{place}" + (" (mirror)" if endpoint.mirror else "")
