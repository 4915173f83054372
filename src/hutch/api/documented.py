"""What the Engine API documents and this engine does not serve: answered by name, never as an unknown page.

Clients such as ``docker inspect NAME`` ask for every kind of thing in turn, so what cannot exist here is "not found",
and what needs a swarm says so in dockerd's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import replies, versions
from hutch.api.router import Route
from hutch.model.errors import NotFound, Unavailable, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hutch.api.replies import Answer
    from hutch.api.request import Request

NOT_A_MANAGER = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" '
    "to connect this node to swarm and try again."
)
NOT_IN_A_SWARM = "This node is not part of a swarm"

_SWARM = """
GET /configs|POST /configs/create|GET /configs/{id}|DELETE /configs/{id}|POST /configs/{id}/update
GET /secrets|POST /secrets/create|GET /secrets/{id}|DELETE /secrets/{id}|POST /secrets/{id}/update
GET /nodes|GET /nodes/{id}|DELETE /nodes/{id}|POST /nodes/{id}/update
GET /services|POST /services/create|GET /services/{id}|DELETE /services/{id}|POST /services/{id}/update
GET /services/{id}/logs|GET /tasks|GET /tasks/{id}|GET /tasks/{id}/logs
GET /swarm|GET /swarm/unlockkey|POST /swarm/update
"""
_NO_SWARM = "POST /swarm/leave|POST /swarm/unlock"
_LATER = """
POST /swarm/init|POST /swarm/join
GET /containers/{id*}/attach/ws
GET /containers/{id*}/checkpoints|POST /containers/{id*}/checkpoints|DELETE /containers/{id*}/checkpoints/{checkpoint}
POST /build|POST /build/cancel|POST /session|POST /grpc
GET /images/{name*}/attestations
POST /networks/create|DELETE /networks/{id*}
POST /networks/{id*}/connect|POST /networks/{id*}/disconnect
POST /plugins/create|GET /plugins/privileges|POST /plugins/pull
"""
_NO_PLUGIN = """
GET /plugins/{name*}/json|DELETE /plugins/{name*}|POST /plugins/{name*}/disable|POST /plugins/{name*}/enable
POST /plugins/{name*}/push|POST /plugins/{name*}/set|POST /plugins/{name*}/upgrade
"""


def _each(table: str) -> Iterator[tuple[str, str]]:
    for entry in table.replace("\n", "|").split("|"):
        if entry:
            method, _, pattern = entry.partition(" ")
            yield method, pattern


async def _no_manager(_request: Request) -> Answer:
    raise Unavailable(NOT_A_MANAGER)


async def _no_cluster_volume(_request: Request) -> Answer:
    raise Unavailable("volume update only valid for cluster volumes, but swarm is unavailable")


async def _no_swarm(_request: Request) -> Answer:
    raise Unavailable(NOT_IN_A_SWARM)


async def _no_plugin(request: Request) -> Answer:
    raise NotFound(f'plugin "{request.variables["name"]}" not found')


async def _no_plugins(request: Request) -> Answer:
    request.query.filters("capability", "enabled", "enable")
    return replies.json([])


def routes() -> list[Route]:
    """Routes for all of it; to be put after those that are served."""
    table = [Route(method, pattern, _no_manager) for method, pattern in _each(_SWARM)]
    table += [Route(method, pattern, _no_swarm) for method, pattern in _each(_NO_SWARM)]
    table += [Route(method, pattern, _Refusal(f"{method} {pattern}")) for method, pattern in _each(_LATER)]
    table += [Route(method, pattern, _no_plugin) for method, pattern in _each(_NO_PLUGIN)]
    table.append(Route("PUT", "/volumes/{name*}", _no_cluster_volume, since=versions.CLUSTER_VOLUMES))
    return [*table, Route("GET", "/plugins", _no_plugins)]


class _Refusal:
    """Answers 501 with the name of what was asked for."""

    def __init__(self, name: str) -> None:
        self._name = name.replace("*", "")

    async def __call__(self, _request: Request) -> Answer:
        raise Unsupported(f"{self._name} is not supported yet")
