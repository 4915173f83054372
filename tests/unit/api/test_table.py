"""What is served is served, and not refused by the table of what is not."""

from __future__ import annotations

from typing import Any

from hutch.api import documented
from hutch.api.router import Router

SERVED = (
    "GET /_ping|HEAD /_ping|GET /version|GET /info|GET /events|POST /auth|POST /containers/create|GET /containers/json|"
    "POST /containers/prune|DELETE /containers/x|GET /containers/x/json|GET /containers/x/logs|GET /containers/x/stats|"
    "GET /containers/x/top|POST /containers/x/attach|POST /containers/x/exec|POST /containers/x/kill|"
    "POST /containers/x/pause|POST /containers/x/rename|POST /containers/x/resize|POST /containers/x/restart|"
    "POST /containers/x/start|POST /containers/x/stop|POST /containers/x/unpause|POST /containers/x/wait|"
    "GET /exec/x/json|POST /exec/x/resize|POST /exec/x/start|POST /images/create|GET /images/get|GET /images/json|"
    "POST /images/load|POST /images/prune|DELETE /images/x|GET /images/x/get|GET /images/x/history|GET /images/x/json|"
    "POST /images/x/tag|GET /networks|GET /networks/x|GET /volumes|POST /volumes/create|GET /volumes/x|"
    "DELETE /volumes/x|GET /images/search|POST /images/x/push|GET /distribution/x/json"
)


def test_served_routes_are_served() -> None:
    later = Router(documented.routes())
    for line in SERVED.split("|"):
        method, _, path = line.partition(" ")
        assert later.find(method, path) is None, f"{line} is refused"


def test_routes_are_found_through_the_server(call: Any) -> None:
    for line in SERVED.split("|"):
        if not line.startswith("HEAD"):
            assert b"page not found" not in call(line).body
