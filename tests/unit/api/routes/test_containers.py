from __future__ import annotations

from typing import Any

import pytest


def test_the_life_of_a_container(api: Any) -> None:
    assert api("POST /v1.50/containers/create?name=a&platform=linux/amd64", {"Image": "x"}).status == 201
    assert api.containers.rows["a"]["Platform"] == "linux/amd64"
    assert [api("POST /containers/a/start").status for _ in range(2)] == [204, 304]
    for verb in ("pause", "unpause", "kill", "restart", "stop"):
        assert api(f"POST /containers/a/{verb}").status == 204
    assert api("POST /containers/a/rename?name=b").status == 204
    assert api("GET /containers/b/json").json["Image"] == "x"
    assert api("DELETE /containers/b?force=1&v=true").status == 204
    assert api.containers.calls[-1] == ("remove", (True, True, False))
    assert api("GET /containers/b/json").json == {"message": "No such container: b"}


@pytest.mark.parametrize(
    ("request_line", "body", "status", "message"),
    [
        ("POST /containers/create", b"", 400, "invalid JSON: got EOF while reading request body"),
        ("POST /containers/create", {}, 400, "config cannot be empty in order to create a container"),
        ("POST /containers/create", {"HostConfig": {}}, 400, "config cannot be empty in order to create a container"),
        ("GET /containers/json?limit=a", b"", 400, 'strconv.Atoi: parsing "a": invalid syntax'),
        ("POST /containers/a/resize?h=1", b"", 400, 'invalid resize width "": invalid syntax'),
        ('GET /containers/json?filters={"x":["y"]}', b"", 400, "invalid filter 'x'"),
        ("POST /containers/a/rename", b"", 400, "Neither old nor new names may be empty"),
        ("POST /containers/a/resize?h=a&w=1", b"", 400, 'invalid resize height "a": invalid syntax'),
        ("POST /containers/a/stop?t=a", b"", 400, 'strconv.Atoi: parsing "a": invalid syntax'),
        ("POST /containers/a/start?checkpoint=x", b"", 501, "starting from a checkpoint is not supported yet"),
        (
            "POST /containers/a/start",
            {"Binds": ["a"]},
            400,
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
        ),
    ],
)
def test_what_dockerd_refuses(call: Any, request_line: str, body: Any, status: int, message: str) -> None:
    answered = call(request_line, body)
    assert (answered.status, answered.json) == (status, {"message": message})


def test_list_parameters(api: Any) -> None:
    api('GET /containers/json?all=1&limit=3&size=true&since=x&filters={"status":{"exited":true}}')
    assert api.containers.calls == [("list", (True, 3, True, {"status": ["exited"], "since": ["x"]}))]


def test_a_signal_for_stop_came_with_1_42(api: Any) -> None:
    api("POST /containers/create?name=a", {"Image": "x"})
    api("POST /v1.41/containers/a/stop?signal=INT&t=-1")
    api("POST /v1.42/containers/a/stop?signal=INT")
    assert api.containers.calls == [("stop", (None, -1)), ("stop", ("INT", None))]


def test_the_rest(api: Any) -> None:
    api("POST /containers/create?name=a", {"Image": "x"})
    assert api("GET /containers/a/top?ps_args=aux").json["Titles"] == ["aux"]
    assert api("POST /containers/a/resize?h=40&w=100").status == 200
    assert api.containers.calls == [("resize", (40, 100))]
    assert api('POST /containers/prune?filters={"label!":["a"]}').json["Filters"] == {"label!": ["a"]}
