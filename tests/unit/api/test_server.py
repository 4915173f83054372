from __future__ import annotations

from typing import Any


def test_unknown_pages_and_methods(call: Any) -> None:
    for line in ("GET /nope", "HEAD /info", "PUT /info", "GET /v1.x/info", "GET /"):
        answered = call(line)
        assert (answered.status, answered.json) == (404, {"message": "page not found"})


def test_versions_out_of_range(call: Any) -> None:
    assert call("GET /v1.99/info").json["message"].startswith("client version 1.99 is too new")
    assert call("GET /v1.23/info").status == 400
    assert call("POST /v1.24/containers/prune").status == 400


def test_every_answer_has_the_servers_headers(call: Any) -> None:
    for line in ("GET /info", "GET /nope", "GET /events"):
        assert call(line).headers["Ostype"] == "linux"


def test_browsers_are_kept_out_where_they_could_come_in(call: Any) -> None:
    assert call("GET /info", host="evil.example", guard=set()).status == 403
    assert call("GET /info", host="evil.example", guard={"evil.example"}).status == 200
    assert call("GET /info", origin="http://x", host="127.0.0.1", guard=set()).status == 403
    assert call("GET /info", host="anything.example").status == 200


def test_an_error_of_ours_is_500_and_reported(api: Any) -> None:
    api.daemon.info = lambda: 1 / 0
    assert api("GET /info").json == {"message": "internal error"}
    assert [type(fault) for fault in api.faults] == [ZeroDivisionError]
