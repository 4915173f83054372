from __future__ import annotations

from typing import Any

import pytest

from hutch.api.routes.container_streams import MULTIPLEXED, RAW


@pytest.fixture
def made(api: Any) -> Any:
    api("POST /containers/create?name=a", {"Image": "x"})
    api("POST /containers/create?name=tty", {"Image": "x", "Tty": True})
    return api


@pytest.mark.parametrize(
    ("line", "content_type"),
    [("/v1.41/containers/a", RAW), ("/v1.42/containers/a", MULTIPLEXED), ("/v1.42/containers/tty", RAW)],
)
def test_logs_are_typed_by_version_and_tty(made: Any, line: str, content_type: str) -> None:
    answered = made(f"GET {line}/logs?stdout=1&tail=5")
    assert (answered.headers["Content-Type"], answered.body) == (content_type, b"line\n")
    assert made.containers.calls[-1][1]["tail"] == "5"


def test_logs_of_nothing(made: Any) -> None:
    assert made("GET /containers/a/logs").json == {"message": "Bad parameters: you must choose at least one stream"}
    assert made("GET /containers/none/logs?stderr=1").status == 404


def test_waits(made: Any) -> None:
    assert made("POST /containers/a/wait?condition=removed").json == {"StatusCode": 3}
    assert made("POST /v1.29/containers/a/wait?condition=removed").json == {"StatusCode": 3}
    assert [c for c in made.containers.calls if c[0] == "wait"] == [("wait", "removed"), ("wait", "not-running")]
    assert made("POST /containers/a/wait?condition=foo").json == {"message": 'invalid condition: "foo"'}
    assert made("POST /containers/none/wait").status == 404


def test_stats(made: Any) -> None:
    assert made("GET /containers/a/stats").json == {"stream": True, "one_shot": False}
    assert made("GET /containers/a/stats?stream=0&one-shot=1").json == {"stream": False, "one_shot": True}
    assert made("GET /containers/a/stats?one-shot=1").status == 400


def test_attach_hands_the_connection_over(made: Any) -> None:
    assert made("POST /v1.41/containers/a/attach?stream=1&stdout=1&detachKeys=ctrl-x").status == 101
    options = made.containers.calls[-1][1]
    assert (options["stdin"], options["stdout"], options["detach_keys"]) == (False, True, "ctrl-x")
    assert options["old_content_type"]
    assert made("POST /containers/none/attach").status == 404
