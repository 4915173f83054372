from __future__ import annotations

from typing import Any

import pytest

from hutch.api.routes.system import event_for

CREATED = {"Type": "image", "Action": "create", "Actor": {"ID": "i", "Attributes": {}}}
STARTED = {"Type": "container", "Action": "start", "Actor": {"ID": "c", "Attributes": {"image": "x"}}}


def test_ping_tells_what_clients_negotiate_with(call: Any) -> None:
    for method in ("GET", "HEAD"):
        ping = call(f"{method} /_ping")
        assert (ping.status, ping.body) == (200, b"OK" if method == "GET" else b"")
        assert ping.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert ping.headers["Api-Version"] == "1.55"
        assert ping.headers["Swarm"] == "inactive"
        assert ping.headers["Cache-Control"].startswith("no-cache")
        assert ping.headers["Server"] == "Docker/0 (linux)"


def test_info_and_version(call: Any) -> None:
    assert call("GET /version").json == {"Version": "0"}
    assert "NRI" in call("GET /info").json
    assert "NRI" not in call("GET /v1.50/info").json


@pytest.mark.parametrize(
    ("line", "accept", "content_type", "body"),
    [
        ("/v1.51/events", "", "application/json", b""),
        ("/events", "", "application/jsonl", b""),
        ("/v1.51/events", "application/json-seq", "application/json-seq", b"\x1e"),
        ("/events", "*/*", "application/jsonl", b""),
    ],
)
def test_events_in_the_form_that_was_asked_for(
    api: Any, line: str, accept: str, content_type: str, body: bytes
) -> None:
    api.daemon.given = [CREATED]
    answered = api(f"GET {line}?until=1", accept=accept)
    assert answered.headers["Content-Type"] == content_type
    assert answered.body.startswith(body + b"{")


def test_old_clients_get_old_events(api: Any) -> None:
    api.daemon.given = [CREATED]
    assert api("GET /v1.45/events").body == b""
    assert event_for(STARTED, (1, 51)) == {"status": "start", "id": "c", "from": "x", **STARTED}
    assert event_for(STARTED, (1, 52)) == STARTED


def test_what_hutch_adds(call: Any) -> None:
    assert call("POST /hutch/plan", {"Image": "x"}).json[0]["step"] == "clone3"
    made = call("POST /hutch/bootstrap", {"name": "debian:bookworm", "include": ["curl"]})
    assert made.json == {"status": "debian:bookworm", "variant": "", "include": ["curl"], "mirror": ""}
    assert call("POST /hutch/bootstrap", {"name": 1}).status == 400
    assert call("POST /hutch/bootstrap", {"name": "a", "include": "curl"}).status == 400


def test_logins(call: Any) -> None:
    answered = call("POST /auth", {"username": "me", "password": "token"})
    assert answered.json == {"Status": "Login Succeeded", "IdentityToken": "token"}


def test_disk_usage_of_the_kinds_that_were_asked_for(call: Any) -> None:
    assert call("GET /v1.45/system/df?type=volume").json["Volumes"] == [{"Name": "volume"}]
    assert call("GET /system/df?type=volume&type=image").json == {"VolumeUsage": {"TotalSize": 1}}
    assert len(call("GET /system/df?type=volume&type=image&verbose=1").json["VolumeUsage"]["Items"]) == 2


def test_nothing_of_builds_is_there_to_prune(call: Any) -> None:
    assert call("POST /v1.45/build/prune").json == {"CachesDeleted": None, "SpaceReclaimed": 0}


def test_fsck(call: Any) -> None:
    assert call("POST /hutch/fsck?repair=1").json == {"summary": {"quick": False, "repair": True}}


def test_gc(call: Any) -> None:
    assert call("POST /hutch/gc?dry-run=1").json == {"dry": True}
