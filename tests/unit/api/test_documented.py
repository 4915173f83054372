from __future__ import annotations

import asyncio

import pytest

from hutch.api import documented
from hutch.api.router import Router
from hutch.model.errors import HutchError


def kind_of(method: str, path: str) -> str:
    found = Router(documented.routes()).find(method, path)
    assert found is not None
    route, variables = found

    class Asked:
        pass

    asked = Asked()
    asked.variables = variables  # type: ignore[attr-defined]
    with pytest.raises(HutchError) as caught:
        asyncio.run(route.handler(asked))  # type: ignore[arg-type]
    return f"{caught.value.kind}: {caught.value}"


def test_swarm_needs_a_manager() -> None:
    for path in ("/services/x", "/nodes", "/tasks/x", "/secrets", "/configs/x", "/swarm"):
        assert kind_of("GET", path).startswith("unavailable: This node is not a swarm manager.")


def test_only_swarm_has_volumes_that_can_be_updated() -> None:
    assert kind_of("PUT", "/volumes/x").startswith("unavailable: volume update only valid for cluster volumes")


def test_plugins_do_not_exist() -> None:
    assert kind_of("GET", "/plugins/a/b:latest/json") == 'not-found: plugin "a/b:latest" not found'


def test_the_rest_is_refused_by_name() -> None:
    refused = "unsupported: GET /images/{name}/attestations is not supported yet"
    assert kind_of("GET", "/images/a/b/attestations") == refused
    assert kind_of("POST", "/build") == "unsupported: POST /build is not supported yet"
