"""Manifests and lists in a registry on loopback."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hutch.images.manifest_list import inspect, push
from hutch.model import reference
from hutch.model.errors import Invalid, NotFound
from hutch.registry.settings import Settings
from support.registry import INDEX, MANIFEST, FakeRegistry, layer, sha256

LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
SMALL = layer({"f": b"x"})


def named(fake: FakeRegistry, rest: str) -> reference.Reference:
    return reference.parse_tagged(f"{fake.host}/{rest}")


def found(fake: FakeRegistry, rest: str) -> Any:
    return inspect(Settings(), named(fake, rest), None, insecure=False)


def test_one_manifest(fake: FakeRegistry) -> None:
    content = fake.image("a", "1", SMALL, arch="arm64")
    raw = fake.manifests["a", "1"][1]
    assert found(fake, "a:1") == {
        "List": False,
        "Manifests": [
            {
                "Ref": f"{fake.host}/a:1",
                "Descriptor": {
                    "mediaType": MANIFEST, "digest": content, "size": len(raw),
                    "platform": {"os": "linux", "architecture": "arm64"},
                },
                "Raw": base64.b64encode(raw).decode(),
            }
        ],
    }  # fmt: skip
    with pytest.raises(NotFound, match=f"no such manifest: {fake.host}/a:2"):
        found(fake, "a:2")


def test_all_of_a_list(fake: FakeRegistry) -> None:
    contents = [fake.image("a", arch, SMALL, arch=arch) for arch in ("amd64", "arm64")]
    entries = [
        {"mediaType": MANIFEST, "digest": c, "size": len(fake.manifests["a", c][1]), "platform": {"architecture": "x"}}
        for c in contents
    ]
    fake.manifest("a", "1", json.dumps({"schemaVersion": 2, "manifests": entries}).encode(), INDEX)
    shown = found(fake, "a:1")
    assert shown["List"] and [m["Ref"] for m in shown["Manifests"]] == [f"{fake.host}/a:1@{c}" for c in contents]
    assert shown["Manifests"][0]["Descriptor"]["platform"] == {"architecture": "x"}
    nested = [{"mediaType": INDEX, "digest": sha256(fake.manifests["a", "1"][1]), "size": 1}]
    fake.manifest("a", "2", json.dumps({"schemaVersion": 2, "manifests": nested}).encode(), INDEX)
    with pytest.raises(Invalid, match="names another list"):
        found(fake, "a:2")


def body(fake: FakeRegistry, *sources: tuple[str, str]) -> dict[str, Any]:
    parts, entries = [], []
    for repo, tag in sources:
        raw = fake.manifests[repo, tag][1]
        ref = f"{fake.host}/{repo}:{tag}"
        parts.append({"Ref": ref, "MediaType": MANIFEST, "Raw": base64.b64encode(raw).decode()})
        entries.append({"mediaType": MANIFEST, "digest": sha256(raw), "size": len(raw)})
    listed = json.dumps({"schemaVersion": 2, "mediaType": LIST, "manifests": entries}).encode()
    return {"List": base64.b64encode(listed).decode(), "MediaType": LIST, "Manifests": parts}


def test_push(fake: FakeRegistry) -> None:
    content = fake.image("a", "1", SMALL)
    sent = body(fake, ("a", "1"))
    fake.hidden = "b"
    done = push(Settings(), named(fake, "b:all"), None, sent, insecure=False)
    raw = base64.b64decode(sent["List"])
    assert done == {"Digest": sha256(raw), "Pushed": [content]}
    assert fake.manifests["b", "all"] == (LIST, raw) and ("b", content) in fake.manifests
    assert len([entry for entry in fake.log if "mount=" in entry[1]]) == 2


def test_blobs_are_copied_where_they_cannot_be_mounted(fake: FakeRegistry) -> None:
    fake.image("a", "1", SMALL)
    fake.hidden, fake.mounts = "b", False
    push(Settings(), named(fake, "b:all"), None, body(fake, ("a", "1")), insecure=False)
    assert len([entry for entry in fake.log if entry[0] == "PUT" and "/v2/b/blobs/" in entry[1]]) == 2


def test_what_cannot_be_pushed(fake: FakeRegistry) -> None:
    fake.image("a", "1", SMALL)
    good = body(fake, ("a", "1"))

    def fails(match: str, **wrong: Any) -> None:
        with pytest.raises(Invalid, match=match):
            push(Settings(), named(fake, "b:all"), None, {**good, **wrong}, insecure=False)

    part = good["Manifests"][0]
    fails("not base64", List="?")
    fails("is not among the manifests", Manifests=[])
    fails("no list of at most", Manifests="x")
    fails("no list of manifests", List=part["Raw"], MediaType=MANIFEST)
    fails("different registry than the target image: other.x != ", Manifests=[{**part, "Ref": "other.x/a:1"}])
    fails("unsupported manifest media type", Manifests=[{**part, "MediaType": LIST}])
    assert ("b", "all") not in fake.manifests
