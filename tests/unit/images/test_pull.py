"""Pulling from a registry on loopback that breaks, delays, lies and forgets."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hutch.images.service import Images
from hutch.model.errors import Invalid, NotFound, System
from hutch.storage.vfs import Vfs
from support.registry import INDEX, MANIFEST, FakeRegistry, layer, sha256
from support.space import until


def pull(images: Images, name: str, tag: str = "", where: str = "", auth: Any = None) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        return [item async for item in images.pull(name, tag, where, auth)]

    return asyncio.run(run())


def texts(steps: list[dict[str, Any]]) -> list[str]:
    return [step["status"] for step in steps if not step.get("progressDetail")]


BIG = layer({"big": os.urandom(3_000_000)})
SMALL = layer({"small": b"x"})


def test_pull(images: Images, fake: FakeRegistry) -> None:
    content = fake.image("a", "1", SMALL, BIG)
    steps = pull(images, f"{fake.host}/a", "1")
    said = texts(steps)
    assert said[0] == "Pulling from a" and steps[0]["id"] == "1"
    assert said[1:3] == ["Pulling fs layer"] * 2
    assert said.count("Verifying Checksum") == said.count("Download complete") == said.count("Pull complete") == 2
    assert said[-2:] == [f"Digest: {content}", f"Status: Downloaded newer image for {fake.host}/a:1"]
    packed = gzip.compress(BIG, mtime=0)
    short = sha256(packed)[7:19]
    last = [s["progressDetail"] for s in steps if s["status"] == "Downloading" and s["id"] == short][-1]
    assert last["current"] == last["total"] == len(packed)
    found = images.inspect(f"{fake.host}/a:1")
    assert found["RepoDigests"] == [f"{fake.host}/a@{content}"] and found["RepoTags"] == [f"{fake.host}/a:1"]
    again = texts(pull(images, f"{fake.host}/a:1"))
    assert again == ["Pulling from a", f"Digest: {content}", f"Status: Image is up to date for {fake.host}/a:1"]
    assert again[-1] == f"Status: Image is up to date for {fake.host}/a:1"
    by_digest = pull(images, f"{fake.host}/a", content)
    assert by_digest[0]["id"] == content
    assert images.inspect(f"{fake.host}/a@{content}")["Id"] == found["Id"]
    assert os.listdir(images.store.blobs.ingest) == []


def test_broken_links_cost_no_byte_twice(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", BIG)
    size = len(gzip.compress(BIG, mtime=0))
    fake.cuts = [1_000_000, 700_000]
    steps = pull(images, f"{fake.host}/a", "1")
    assert any("Retrying in" in text for text in texts(steps))
    assert fake.sent <= size * 1.05
    assert [entry[3] for entry in fake.requests("/blobs/") if entry[3]] == [
        f"bytes=1000000-{size - 1}", f"bytes=1700000-{size - 1}"
    ]  # fmt: skip


def test_a_part_of_an_earlier_process_is_resumed(images: Images, fake: FakeRegistry, tmp_path: Path) -> None:
    fake.image("a", "1", BIG)
    packed = gzip.compress(BIG, mtime=0)
    Path(images.store.blobs.part(sha256(packed))).write_bytes(packed[:2_000_000])
    images.store.blobs.__init__(str(tmp_path))  # type: ignore[misc]
    pull(images, f"{fake.host}/a", "1")
    assert fake.sent == len(packed) - 2_000_000


def test_a_wrong_part_is_fetched_again(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", BIG)
    packed = gzip.compress(BIG, mtime=0)
    Path(images.store.blobs.part(sha256(packed))).write_bytes(b"x" * 1000)
    pull(images, f"{fake.host}/a", "1")
    assert fake.sent == len(packed) - 1000 + len(packed)


def test_a_server_without_ranges(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", BIG)
    fake.cuts, fake.ranges = [1_000_000], False
    pull(images, f"{fake.host}/a", "1")
    assert images.inspect(f"{fake.host}/a:1")["Size"] == 3_000_000


def test_a_reader_that_leaves_stops_the_download(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", BIG)
    fake.pause = 0.05

    async def run() -> None:
        steps = images.pull(f"{fake.host}/a", "1", "", None)
        async for step in steps:
            if step["status"] == "Downloading":
                break
        await steps.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert until(lambda: fake.busy == 0)
    fake.pause = 0.0
    before = fake.sent
    size = len(gzip.compress(BIG, mtime=0))
    assert before < size
    pull(images, f"{fake.host}/a", "1")
    assert fake.sent <= size * 1.05 + 300_000  # what was on its way when the link was closed


def test_a_blob_is_fetched_once(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", BIG)
    fake.image("b", "1", BIG)
    fake.pause = 0.01
    threads = [threading.Thread(target=pull, args=(images, f"{fake.host}/{name}", "1")) for name in "aab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    packed = sha256(gzip.compress(BIG, mtime=0))
    assert len([entry for entry in fake.requests(packed) if entry[0] == "GET"]) == 1
    assert {name for name, _, _ in images.store.tags()} == {f"{fake.host}/a", f"{fake.host}/b"}


def test_429_is_waited_for(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", SMALL)
    fake.refusals = [(429, "0"), (503, "0")]
    assert texts(pull(images, f"{fake.host}/a", "1"))[-1].startswith("Status: Downloaded")


def test_tokens_that_end_in_the_middle(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", BIG)
    fake.token_life, fake.user = 0.3, ("me", "secret")
    fake.pause, fake.cuts = 0.03, [1_500_000]
    pull(images, f"{fake.host}/a", "1", auth={"username": "me", "password": "secret"})
    assert len(fake.requests("/token")) >= 2
    assert fake.sent <= len(gzip.compress(BIG, mtime=0)) * 1.05


def test_basic_credentials(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", SMALL)
    fake.user = ("me", "secret")
    with pytest.raises(System, match="no basic auth credentials"):
        pull(images, f"{fake.host}/a", "1")
    with pytest.raises(System, match="authentication required"):
        pull(images, f"{fake.host}/a", "1", auth={"username": "me", "password": "wrong"})
    pull(images, f"{fake.host}/a", "1", auth={"username": "me", "password": "secret"})


def test_platforms(images: Images, fake: FakeRegistry) -> None:
    arm = fake.image("a", "arm", SMALL, arch="arm64")
    amd = fake.image("a", "amd", BIG)
    entries = [
        {"digest": content, "size": len(fake.manifests["a", content][1]), "mediaType": MANIFEST,
         "platform": {"os": "linux", "architecture": arch}}
        for content, arch in ((arm, "arm64"), (amd, "amd64"))
    ]  # fmt: skip
    attestation = {"digest": sha256(b"none"), "size": 1, "platform": {"os": "unknown", "architecture": "unknown"}}
    raw = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [attestation, *entries]}).encode()
    content = fake.manifest("a", "1", raw, INDEX)
    steps = texts(pull(images, f"{fake.host}/a", "1", "linux/arm64"))
    assert f"Digest: {content}" in steps
    assert images.inspect(f"{fake.host}/a:1")["Architecture"] == "arm64"
    with pytest.raises(NotFound, match="no matching manifest for linux/s390x in the manifest list entries"):
        pull(images, f"{fake.host}/a", "1", "linux/s390x")
    with pytest.raises(
        NotFound, match="does not match the specified platform: wanted linux/arm64, actual: linux/amd64"
    ):
        pull(images, f"{fake.host}/a", "amd", "linux/arm64")


def test_all_tags(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", SMALL)
    fake.image("a", "2", SMALL, BIG)
    steps = pull(images, f"{fake.host}/a")
    assert [s["id"] for s in steps if s["status"] == "Pulling from a"] == ["1", "2"]
    assert images.inspect(f"{fake.host}/a:2")["Id"] != images.inspect(f"{fake.host}/a:1")["Id"]


def test_lies_are_found(images: Images, fake: FakeRegistry) -> None:
    content = fake.image("a", "1", SMALL)
    name = sha256(gzip.compress(SMALL, mtime=0))
    good = fake.blobs[name]
    fake.blobs[name] = good[:-1] + b"?"
    with pytest.raises(Invalid, match="verification failed"):
        pull(images, f"{fake.host}/a", "1")
    fake.blobs[name] = good
    kind, raw = fake.manifests["a", content]
    fake.manifests["a", content] = kind, raw + b" "
    with pytest.raises(Invalid, match="manifest verification failed"):
        pull(images, f"{fake.host}/a", content)
    both = json.dumps({**json.loads(raw), "manifests": []}).encode()
    fake.manifest("a", "both", both, kind)
    with pytest.raises(Invalid, match="both layers and manifests"):
        pull(images, f"{fake.host}/a", "both")
    with pytest.raises(NotFound, match=f"manifest for {fake.host}/a:none not found: manifest unknown"):
        pull(images, f"{fake.host}/a", "none")
    assert images.list() == [] and os.listdir(images.store.blobs.ingest) == []


def test_mirrors_come_first_and_get_no_credentials(tmp_path: Path, fake: FakeRegistry) -> None:
    from hutch.registry.settings import Settings

    fake.image("library/a", "1", SMALL)
    driver = Vfs(str(tmp_path))
    images = Images(str(tmp_path), driver, registries=Settings(mirrors=(f"http://{fake.host}",)))
    pull(images, "a", "1", auth={"username": "me", "password": "secret"})
    assert images.inspect("a:1")["RepoTags"] == ["a:1"]
    assert {entry[2] for entry in fake.log} == {""}
    images.close()
    driver.close()


def test_credentials_do_not_follow_a_redirect(images: Images, fake: FakeRegistry) -> None:
    other = FakeRegistry()
    try:
        fake.image("a", "1", SMALL)
        fake.user, other.blobs = ("me", "secret"), dict(fake.blobs)
        fake.redirect = f"http://{other.host}"
        pull(images, f"{fake.host}/a", "1", auth={"username": "me", "password": "secret"})
        assert other.log and {entry[2] for entry in other.log} == {""}
    finally:
        other.close()


def test_a_layer_is_unpacked_while_it_comes(images: Images, fake: FakeRegistry, tmp_path: Path) -> None:
    fake.image("a", "1", layer({"first": b"x" * 5_000_000, "second": os.urandom(3_000_000)}))
    fake.pause = 0.02
    unpacked = []

    async def run() -> None:
        async for step in images.pull(f"{fake.host}/a", "1", "", None):
            detail = step.get("progressDetail") or {}
            if step["status"] == "Downloading" and detail["current"] < detail["total"]:
                unpacked.append(any("first" in files for _, _, files in os.walk(tmp_path)))

    asyncio.run(run())
    assert True in unpacked


def test_what_was_unpacked_of_wrong_bytes_is_undone(images: Images, fake: FakeRegistry, tmp_path: Path) -> None:
    fake.image("a", "1", layer({"first": b"x" * 100, "second": os.urandom(3_000_000)}))
    name = max(fake.blobs, key=lambda blob: len(fake.blobs[blob]))
    fake.blobs[name] = fake.blobs[name][:-100] + b"?" * 100
    with pytest.raises(Invalid, match="filesystem layer verification failed"):
        pull(images, f"{fake.host}/a", "1")
    assert os.listdir(images.store.blobs.ingest) == [] and images.store.driver.keys() == []
    assert until(lambda: not any("first" in files for _, _, files in os.walk(tmp_path)))


def test_the_registry_finishes_what_a_mirror_began(tmp_path: Path, fake: FakeRegistry) -> None:
    from hutch.registry.rules import Rule
    from hutch.registry.settings import Settings

    mirror = FakeRegistry()
    driver = Vfs(str(tmp_path))
    rule = Rule(fake.host, (f"{mirror.host}/copies",))
    images = Images(str(tmp_path), driver, registries=Settings(registries=(rule,), attempts=1))
    try:
        fake.image("a", "1", BIG)
        mirror.image("copies/a", "1", BIG)
        mirror.cuts = [1_000_000]
        pull(images, f"{fake.host}/a", "1", auth={"username": "me", "password": "secret"})
        size = len(gzip.compress(BIG, mtime=0))
        assert (mirror.sent, fake.sent) == (1_000_000, size - 1_000_000)
        assert {entry[2] for entry in mirror.log} == {""}
        images.take(Settings())
        mirror.log.clear()
        pull(images, f"{fake.host}/a", "1")
        assert mirror.log == []
    finally:
        images.close()
        driver.close()
        mirror.close()


def test_which_server_gave_what_is_told(tmp_path: Path, fake: FakeRegistry) -> None:
    from hutch.registry.rules import Rule
    from hutch.registry.settings import Settings

    mirror, dead = FakeRegistry(), FakeRegistry()
    dead.close()
    driver = Vfs(str(tmp_path))
    rule = Rule(fake.host, (f"http://{dead.host}", f"{mirror.host}/copies"))
    images = Images(str(tmp_path), driver, registries=Settings(registries=(rule,), attempts=1))

    def explained(name: str) -> list[str]:
        async def run() -> list[str]:
            steps = images.pull(f"{fake.host}/a", name, "", None, explain=True)
            return [step["status"] for step in [step async for step in steps] if not step.get("id")]

        return asyncio.run(run())

    try:
        fake.image("a", "1", SMALL, BIG)
        content = mirror.image("copies/a", "1", SMALL, BIG)
        mirror.cuts = [1_000_000]
        small, big = (sha256(gzip.compress(one, mtime=0))[7:19] for one in (SMALL, BIG))
        here, there = f"http://{fake.host}", f"http://{mirror.host}/copies (mirror)"
        config = images_id(mirror, content)
        said = explained("1")
        assert said[0].startswith(f"not from http://{dead.host} (mirror): Get ")
        assert said[1].startswith(f"not from https://{mirror.host}/copies (mirror): ") and "tls" in said[1]
        assert said[2:6] == [
            f"manifest {content[7:19]} from {there}",
            f"config {config[7:19]} from {there}",
            f"layer {small} from {there}",
            f"layer {big} from {there}, then {here}",
        ]
        assert explained("1")[4:6] == [f"layer {small} was here", f"layer {big} was here"]
    finally:
        images.close()
        driver.close()
        mirror.close()


def images_id(registry: FakeRegistry, content: str) -> str:
    raw = next(raw for (_, name), (_, raw) in registry.manifests.items() if name == content)
    return str(json.loads(raw)["config"]["digest"])


def test_foreign_layers_come_from_where_their_manifest_says(images: Images, fake: FakeRegistry) -> None:
    other = FakeRegistry()
    try:
        content = fake.image("a", "1", SMALL)
        manifest = json.loads(fake.manifests["a", content][1])
        item = manifest["layers"][0]
        item["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        item["urls"] = [f"http://{other.host}/v2/a/blobs/{item['digest']}"]
        other.blobs[item["digest"]] = fake.blobs.pop(item["digest"])
        fake.manifest("a", "2", json.dumps(manifest).encode(), MANIFEST)
        pull(images, f"{fake.host}/a", "2", auth={"username": "me", "password": "secret"})
        assert images.inspect(f"{fake.host}/a:2")["Size"] == 1 and {entry[2] for entry in other.log} == {""}
    finally:
        other.close()


def test_indexes_in_indexes(images: Images, fake: FakeRegistry) -> None:
    inner = fake.image("a", "x", SMALL)
    where = {"os": "linux", "architecture": "amd64"}
    for depth in range(4):
        size = len(fake.manifests["a", inner][1])
        entries = [{"digest": inner, "size": size, "platform": where}]
        raw = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        inner = fake.manifest("a", str(depth), raw, INDEX)
    pull(images, f"{fake.host}/a", "2", "linux/amd64")
    with pytest.raises(Invalid, match="nested too deeply"):
        pull(images, f"{fake.host}/a", "3", "linux/amd64")


def test_what_is_no_image_is_refused_by_what_it_is(images: Images, fake: FakeRegistry) -> None:
    old = json.dumps({"schemaVersion": 1, "name": "a", "tag": "1", "fsLayers": [], "history": []}).encode()
    fake.manifest("a", "old", old, "application/vnd.docker.distribution.manifest.v1+prettyjws")
    with pytest.raises(Invalid, match="manifest of schema version 1 is not supported"):
        pull(images, f"{fake.host}/a", "old")
    content = fake.image("a", "1", SMALL)
    chart = json.loads(fake.manifests["a", content][1])
    chart["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
    fake.manifest("a", "chart", json.dumps(chart).encode(), MANIFEST)
    with pytest.raises(Invalid, match=r"unsupported media type application/vnd.cncf.helm.config.v1\+json"):
        pull(images, f"{fake.host}/a", "chart")


def test_tag_and_digest_mean_the_digest(images: Images, fake: FakeRegistry) -> None:
    first = fake.image("a", "1", SMALL)
    fake.image("a", "1", BIG)
    steps = pull(images, f"{fake.host}/a:1", first)
    assert steps[0]["id"] == first
    assert images.inspect(f"{fake.host}/a@{first}")["Size"] == 1
    assert images.inspect(f"{fake.host}/a@{first}")["RepoTags"] == []


def test_no_more_downloads_at_a_time_than_was_said(tmp_path: Path, fake: FakeRegistry) -> None:
    from hutch.registry.settings import Settings

    driver = Vfs(str(tmp_path))
    images = Images(str(tmp_path), driver, registries=Settings(downloads=2))
    try:
        fake.image("a", "1", *(layer({str(n): os.urandom(300_000)}) for n in range(5)))
        fake.pause = 0.02
        pull(images, f"{fake.host}/a", "1")
        assert fake.busiest == 2
    finally:
        images.close()
        driver.close()
