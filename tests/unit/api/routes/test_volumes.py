from __future__ import annotations

from typing import Any


def test_volumes(call: Any) -> None:
    assert call("POST /volumes/create", {"Name": "v"}).status == 201
    assert call("POST /volumes/create").json == {"Name": "anonymous"}
    assert call("GET /volumes").json["Volumes"] == ["anonymous", "v"]
    assert call("GET /volumes/v").json == {"Name": "v"}
    assert call("DELETE /volumes/v").status == 204
    assert call("GET /volumes/v").json == {"message": "get v: no such volume"}
    assert [call("DELETE /volumes/v").status, call("DELETE /volumes/v?force=1").status] == [404, 204]
    assert call('GET /volumes?filters={"x":["y"]}').json == {"message": "invalid filter 'x'"}


def test_prune_took_named_ones_too_before_1_42(call: Any) -> None:
    assert call("POST /v1.41/volumes/prune").json["Filters"] == {"all": ["true"]}
    assert call("POST /v1.42/volumes/prune").json["Filters"] == {}


def test_filters_that_are_none(call: Any) -> None:
    assert call("GET /volumes?filters=x").json == {"message": "error reading volume filters: invalid filter"}
    assert call('GET /volumes?filters={"x":["y"]}').json == {"message": "invalid filter 'x'"}


def test_cluster_volumes_need_a_swarm(call: Any) -> None:
    assert call("POST /volumes/create", {"Name": "a", "ClusterVolumeSpec": {}}).status == 503
    assert call("POST /v1.41/volumes/create", {"Name": "a", "ClusterVolumeSpec": {}}).status == 201
