from __future__ import annotations

import base64
import json
from typing import Any

from hutch.api.routes.images import registry_auth


def test_a_pull_that_fails_at_once_is_an_error_and_later_its_last_object(api: Any) -> None:
    header = base64.urlsafe_b64encode(b'{"username":"u"}').decode()
    pulled = api("POST /images/create?fromImage=docker.io/library/a&tag=1", x_registry_auth=header)
    assert [json.loads(line) for line in pulled.body.split(b"\r\n") if line] == [
        {"status": "Pulling"},
        {"errorDetail": {"message": "gone halfway"}, "error": "gone halfway"},
    ]
    assert api.images.calls == [("pull", ("docker.io/library/a", "1", "", {"username": "u"}))]


def test_a_pull_as_only_our_own_command_asks_for_it(api: Any) -> None:
    api("POST /hutch/pull?fromImage=m.x/a&tag=1&platform=linux/arm64&insecure=1&explain=1")
    assert api.images.calls == [("pull", ("m.x/a", "1", "linux/arm64", None, "insecure", "explain"))]
    assert api("POST /hutch/pull").status == 400


def test_credentials_that_are_none() -> None:
    for header in ("", "e30=", "!!", "W10=", "x" * 100_000, base64.urlsafe_b64encode(b"nonsense").decode()):
        assert registry_auth(header) is None


def test_import_and_load_read_the_body(call: Any) -> None:
    assert call("POST /images/create?fromSrc=-&repo=r&changes=A&changes=B", b"tar").json["changes"] == ["A", "B"]
    assert call("POST /images/load?quiet=1", b"12345").json == {"stream": "Loaded 5 quietly=True\n"}
    assert call("POST /images/create?fromSrc=http://x", b"x").json["source"] == "http://x"
    assert call("POST /images/create").status == 400


def test_names_with_slashes_and_many(call: Any) -> None:
    assert call("POST /images/busybox:latest/tag?repo=host/a/b&tag=1").status == 201
    assert call("GET /images/host/a/b:1/json").json == {"RepoTags": ["host/a/b:1"]}
    assert call("GET /images/get?names=busybox:latest&names=host/a/b:1").body == b"busybox:latesthost/a/b:1"
    assert call("GET /images/host/a/b:1/get").headers["Content-Type"] == "application/x-tar"
    assert call("GET /images/host/a/b:1/history").json == [{"Id": "host/a/b:1"}]


def test_lists_by_version(call: Any) -> None:
    assert "Manifests" in call("GET /v1.47/images/json").json[0]
    old = call("GET /v1.43/images/json?filter=busy").json[0]
    assert (old["VirtualSize"], old["f"]) == (1, {"reference": ["busy"]})
    assert "Manifests" not in old


def test_remove_and_prune(api: Any) -> None:
    assert api("DELETE /images/a/b?force=1&noprune=1").json == [{"Untagged": "a/b"}]
    assert api.images.calls == [("remove", (True, False))]
    assert api("POST /images/prune").status == 200
    assert api("DELETE /images/a?platforms=x").status == 400


def test_registries(api: Any, call: Any) -> None:
    header = base64.urlsafe_b64encode(b'{"username":"u"}').decode()
    assert api("POST /images/host:5000/a/b/push?tag=1", x_registry_auth=header).json == {"status": "Pushing"}
    assert api.images.calls == [("push", ("host:5000/a/b", "1", {"username": "u"}))]
    assert call("POST /images/a/push?platform=linux/arm64").status == 501
    assert call("GET /distribution/host/a:1/json").json == {"Descriptor": "host/a:1"}
    found = call("GET /images/search?term=a&limit=7&filters=%7B%22stars%22%3A%5B%223%22%5D%7D").json
    assert found == [{"name": "a", "star_count": 7, "f": {"stars": ["3"]}}]
    assert call("GET /images/search?term=a&limit=x").status == 400


def test_platforms_are_json(call: Any) -> None:
    wanted = "%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22%7D"
    assert call(f"GET /images/busybox:latest/json?platform={wanted}").json["wanted"] == ["linux/arm64"]
    for wrong in ("linux/arm64", "%7B%7D", "%7B%22os%22%3A1%2C%22architecture%22%3A%22x%22%7D"):
        assert call(f"GET /images/busybox:latest/json?platform={wrong}").status == 400
