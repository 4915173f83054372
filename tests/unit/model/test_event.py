"""Events: their JSON, and which filters let them through."""

from __future__ import annotations

import pytest

from hutch.model.event import Event, matches

DIE = Event("container", "die", "ab" * 32, {"name": "web", "image": "nginx:1", "exitCode": "0", "tier": "front"}, 1_500)
EXEC = Event("container", "exec_create: ls", "ab" * 32, {"name": "web"}, 1)
TAG = Event("image", "tag", "sha256:cd", {"name": "nginx:1"}, 1)
JOIN = Event("network", "connect", "ef" * 32, {"name": "bridge"}, 1)


def test_a_containers_event_carries_the_old_fields() -> None:
    out = DIE.to_json()
    assert (out["status"], out["id"], out["from"]) == ("die", "ab" * 32, "nginx:1")
    assert out["Actor"] == {"ID": "ab" * 32, "Attributes": DIE.attributes}
    assert (out["time"], out["timeNano"], out["scope"]) == (0, 1_500, "local")
    assert "from" not in TAG.to_json()
    assert "status" not in JOIN.to_json()


def test_what_is_empty_is_left_out_and_attributes_are_sorted() -> None:
    pruned = Event("container", "prune", "", {"reclaimed": "0"}, 1).to_json()
    assert pruned["status"] == "prune" and not pruned.keys() & {"id", "from"}
    assert list(DIE.to_json()["Actor"]["Attributes"]) == ["exitCode", "image", "name", "tier"]


@pytest.mark.parametrize(
    ("event", "filters", "through"),
    [
        (DIE, {}, True),
        (DIE, {"type": ["container", "image"]}, True),
        (JOIN, {"type": ["container"]}, False),
        (DIE, {"event": ["die"]}, True),
        (DIE, {"event": ["di"]}, False),
        (EXEC, {"event": ["exec_create"]}, True),
        (DIE, {"label": ["tier=front"]}, True),
        (DIE, {"label": ["tier=front", "x"]}, False),
        (DIE, {"container": ["web"]}, True),
        (DIE, {"container": ["abab"]}, True),
        (DIE, {"container": ["we"]}, True),
        (DIE, {"container": ["eb"]}, False),
        (DIE, {"container": ["other"]}, False),
        (DIE, {"image": ["nginx"]}, True),
        (TAG, {"image": ["nginx:1"]}, True),
        (TAG, {"image": ["sha256:cd"]}, True),
        (JOIN, {"network": ["bridge"]}, True),
        (JOIN, {"container": ["web"]}, False),
        (JOIN, {"unheard": ["of"]}, True),
        (DIE, {"scope": ["swarm"]}, False),
    ],
)
def test_filters(event: Event, filters: dict[str, list[str]], through: bool) -> None:
    assert matches(event, filters) is through
