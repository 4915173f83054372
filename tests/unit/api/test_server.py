from __future__ import annotations

from typing import Any


def test_unknown_pages_and_methods(call: Any) -> None:
    for line in ("GET /nope", "HEAD /info", "PUT /info", "GET /v1.x/info", "GET /"):
        answered = call(line)
        assert (answered.status, answered.json) == (404, {"message": "page not found"})


def test_a_slash_too_much_is_another_page(call: Any) -> None:
    for line in ("GET /info/", "GET /v1.50/_ping/", "GET /containers/a/json/", "GET /plugins/"):
        assert (call(line).status, call(line).json) == (404, {"message": "page not found"})
    assert call("GET /networks/").status == 200
    assert call("GET /networks/bridge/").json == {"message": "network bridge/ not found"}
    assert call("GET /containers/a/b/json").json == {"message": "No such container: a/b"}


def test_paths_that_are_not_clean_are_moved(call: Any) -> None:
    for line, where in (
        ("GET //info", "/info"),
        ("POST /v1.50//containers/./a b/start?x=%20", "/v1.50/containers/a%20b/start?x=%20"),
        ("GET //evil.example/..//_ping", "/_ping"),
    ):
        answered = call(line)
        assert (answered.status, answered.headers["Location"], answered.body) == (301, where, b"")


def test_options_of_any_page(call: Any) -> None:
    for path in ("/", "/info", "/nope/x", "/v1.50/info"):
        assert (call(f"OPTIONS {path}").status, call(f"OPTIONS {path}").body) == (200, b"")


def test_versions_out_of_range(call: Any) -> None:
    assert call("GET /v1.99/info").json["message"].startswith("client version 1.99 is too new")
    assert call("GET /v1.99/nope").json == {"message": "page not found"}
    old = call("GET /v1.23/info")
    assert (old.status, old.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert old.body.startswith(b"client version 1.23 is too old. ") and old.body.endswith(b" newer version\n")
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
