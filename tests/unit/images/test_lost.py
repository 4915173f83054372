from __future__ import annotations

import io
import tarfile
from pathlib import Path

from hutch.images import layers, lost
from hutch.images.documents import dump
from hutch.images.store import Layer, Store


def add(store: Store, parent: str | None, text: str) -> Layer:
    path = store.blobs.new_file()
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(text)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
    return layers.register(store, path, parent)


def test_a_layer_that_is_gone_comes_back_from_its_blob(store: Store) -> None:
    first = add(store, None, "one")
    second = add(store, first.chain, "two")
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
