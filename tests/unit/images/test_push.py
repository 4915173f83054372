"""Pushing to a registry on loopback, and pulling it back."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard

from hutch.images import layers
from hutch.images.documents import dump
from hutch.images.service import Images
from hutch.model.errors import NotFound, Unauthorized
from hutch.registry.settings import Settings
from hutch.storage.vfs import Vfs
from support.registry import FakeRegistry, layer, sha256


def run(steps: Any) -> list[dict[str, Any]]:
    async def collect() -> list[dict[str, Any]]:
        return [step async for step in steps()]

    return asyncio.run(collect())


def put(images: Images, name: str, tag: str, *stack: bytes) -> str:
    """Make an image of these layer files."""
    tops: list[layers.Layer] = []
    for data in stack:
        path = Path(images.store.blobs.new_file())
        path.write_bytes(data)
        tops.append(layers.register(images.store, str(path), tops[-1].chain if tops else None))
    rootfs = {"type": "layers", "diff_ids": [top.diff_id for top in tops]}
    raw = dump({"os": "linux", "architecture": "amd64", "rootfs": rootfs})
    return images.store.add_image(raw, tops[-1].chain, [(name, tag)])


def texts(steps: list[dict[str, Any]]) -> list[str]:
    return [step["status"] for step in steps if "status" in step and not step.get("progressDetail")]


def test_push(images: Images, fake: FakeRegistry) -> None:
    identifier = put(images, f"{fake.host}/a", "1", layer({"f": b"x"}), layer({"g": b"y"}))
    steps = run(lambda: images.push(f"{fake.host}/a", "1", None))
    said = texts(steps)
    assert said[:3] == [f"The push refers to repository [{fake.host}/a]", "Preparing", "Preparing"]
    assert said.count("Pushed") == 2
    kind, raw = fake.manifests["a", "1"]
    content = sha256(raw)
    assert said[-1] == f"1: digest: {content} size: {len(raw)}"
    assert steps[-1]["aux"] == {"Tag": "1", "Digest": content, "Size": len(raw)}
    assert kind == "application/vnd.docker.distribution.manifest.v2+json"
    assert images.inspect(identifier)["RepoDigests"] == [f"{fake.host}/a@{content}"]
    again = texts(run(lambda: images.push(f"{fake.host}/a", "1", None)))
    assert again.count("Layer already exists") == 2 and again[-1] == said[-1]
    asyncio.run(images.remove(f"{fake.host}/a:1"))
    run(lambda: images.pull(f"{fake.host}/a", "1", "", None))
    assert images.inspect(f"{fake.host}/a:1")["Id"] == identifier


def test_a_layer_is_taken_over_from_another_repository(images: Images, fake: FakeRegistry) -> None:
    identifier = put(images, f"{fake.host}/a", "1", layer({"f": b"x"}))
    run(lambda: images.push(f"{fake.host}/a", "1", None))
    images.store.tag(identifier, f"{fake.host}/b", "1")
    fake.hidden = "b"
    assert "Mounted from a" in texts(run(lambda: images.push(f"{fake.host}/b", "1", None)))


def test_zstd_is_sent_as_it_came(images: Images, fake: FakeRegistry) -> None:
    packed = zstandard.ZstdCompressor().compress(layer({"f": b"x"}))
    put(images, f"{fake.host}/a", "1", packed)
    run(lambda: images.push(f"{fake.host}/a", "1", None))
    assert sha256(packed) in fake.blobs
    assert fake.manifests["a", "1"][0] == "application/vnd.oci.image.manifest.v1+json"
    assert b"layer.v1.tar+zstd" in fake.manifests["a", "1"][1]


def test_all_tags(images: Images, fake: FakeRegistry) -> None:
    put(images, f"{fake.host}/a", "1", layer({"f": b"x"}))
    put(images, f"{fake.host}/a", "2", layer({"f": b"y"}))
    run(lambda: images.push(f"{fake.host}/a", "", None))
    assert {("a", "1"), ("a", "2")} <= fake.manifests.keys()


def test_a_busy_registry_is_tried_again(images: Images, fake: FakeRegistry) -> None:
    put(images, f"{fake.host}/a", "1", layer({"f": b"x"}))
    fake.refusals = [(429, "0"), (503, "0"), (429, "0")]
    assert "Pushed" in texts(run(lambda: images.push(f"{fake.host}/a", "1", None)))


def test_what_cannot_be_pushed(images: Images, fake: FakeRegistry) -> None:
    with pytest.raises(NotFound, match=f"An image does not exist locally with the tag: {fake.host}/a"):
        run(lambda: images.push(f"{fake.host}/a", "1", None))
    put(images, f"{fake.host}/a", "1", layer({"f": b"x"}))
    with pytest.raises(NotFound, match=f"tag does not exist: {fake.host}/a:2"):
        run(lambda: images.push(f"{fake.host}/a", "2", None))
    fake.user = ("me", "secret")
    with pytest.raises(Unauthorized, match="no basic auth credentials"):
        run(lambda: images.push(f"{fake.host}/a", "1", None))
    run(lambda: images.push(f"{fake.host}/a", "1", {"username": "me", "password": "secret"}))
    assert ("a", "1") in fake.manifests


def test_a_layer_is_sent_on_from_where_the_link_broke(images: Images, fake: FakeRegistry) -> None:
    put(images, f"{fake.host}/a", "1", layer({"f": os.urandom(40 << 20)}))
    fake.upload_cuts = [32 << 20, 1 << 20]
    assert texts(run(lambda: images.push(f"{fake.host}/a", "1", None))).count("Pushed") == 1
    pieces = [entry[0] for entry in fake.requests("/uploads/") if entry[0] in ("PATCH", "GET")]
    assert pieces == ["PATCH", "PATCH", "GET", "PATCH"]
    fake.blobs.clear()
    fake.upload_cuts, fake.forgets = [1 << 20], True
    assert "Pushed" in texts(run(lambda: images.push(f"{fake.host}/a", "1", None)))


def test_a_blob_that_an_image_has_twice_is_told_of_once(images: Images, fake: FakeRegistry) -> None:
    same = layer({"f": b"x"})
    put(images, f"{fake.host}/a", "1", same, layer({"g": b"y"}), same)
    said = texts(run(lambda: images.push(f"{fake.host}/a", "1", None)))
    assert said.count("Preparing") == 3 and said.count("Pushed") == 2
    asyncio.run(images.remove(f"{fake.host}/a:1"))
    pulled = texts(run(lambda: images.pull(f"{fake.host}/a", "1", "", None)))
    for status in ("Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete"):
        assert pulled.count(status) == 2, status


def test_no_more_uploads_at_a_time_than_was_said(tmp_path: Path, fake: FakeRegistry) -> None:
    driver = Vfs(str(tmp_path))
    images = Images(str(tmp_path), driver, registries=Settings(uploads=5))
    try:
        for name in "ab":
            put(images, f"{fake.host}/{name}", "1", *(layer({name + str(n): b"x"}) for n in range(4)))
        images.take(Settings(uploads=2))
        fake.upload_pause = 0.05
        pushes = [
            threading.Thread(target=run, args=(partial(images.push, f"{fake.host}/{n}", "1", None),)) for n in "ab"
        ]
        for push in pushes:
            push.start()
        for push in pushes:
            push.join()
        assert fake.busiest_uploads <= 3  # two layers, and a config that waits for nobody
        assert {("a", "1"), ("b", "1")} <= fake.manifests.keys()
    finally:
        images.close()
        driver.close()
