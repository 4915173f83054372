from __future__ import annotations

from typing import Any


def test_networks(call: Any) -> None:
    assert call("GET /networks/").json[0]["EnableIPv4"]
    assert "EnableIPv4" not in call("GET /v1.46/networks").json[0]
    assert call("GET /networks/bridge").json["Name"] == "bridge"
    assert call("GET /networks/x").json == {"message": "network x not found"}
    assert call("GET /networks/bridge?scope=swarm").status == 404
    assert call('GET /networks?filters={"x":["y"]}').status == 400


def test_prune(call: Any) -> None:
    assert call("POST /networks/prune").json == {"NetworksDeleted": None}
    assert call('POST /networks/prune?filters={"x":["y"]}').status == 400


def test_prune_refuses_what_is_no_time(call: Any) -> None:
    assert call('POST /networks/prune?filters={"until":["1h"]}').status == 200
    refused = call('POST /networks/prune?filters={"until":["x"]}')
    assert (refused.status, refused.json["message"]) == (400, 'failed to parse value as time or duration: "x"')
