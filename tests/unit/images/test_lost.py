from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hutch.images import lost
from hutch.images.documents import dump
from hutch.images.store import Layer, Store


def test_a_layer_that_is_gone_comes_back_from_its_blob(store: Store, add: Callable[[str | None, str], Layer]) -> None:
    first = add(None, "one")
    second = add(first.chain, "two")
    identifier = store.add_image(dump({"os": "linux"}), second.chain, [("docker.io/library/a", "1")])
    store.driver.remove(first.chain), store.driver.remove(second.chain)
    lost.settle(store)
    assert (Path(store.driver.layer_dir(second.chain)) / "two").read_text() == "two"
    store.driver.remove(second.chain)
    store.blobs.remove(second.blob)
    store.pin(identifier, "docker.io/library/a", "sha256:" + "0" * 64)
    lost.settle(store)
    names = "docker.io/library/a:1 docker.io/library/a@sha256:" + "0" * 64
    assert store.lost() == [(identifier, f"layer {second.chain} is missing", names)]
    assert store.images() == [] and store.driver.keys() == []
