from __future__ import annotations

import gzip
import threading
import time
from pathlib import Path

import pytest

from hutch.images import fsck, layers
from hutch.images.packing import TAR, TAR_GZIP, Packer, Stopped, pack
from hutch.images.store import Layer, Store
from hutch.model.digest import sha256
from support import boxes

CONTENT = boxes.layer({"file": "text" * 1000})


@pytest.fixture
def layer(store: Store) -> Layer:
    path = store.blobs.new_file()
    Path(path).write_bytes(CONTENT)
    made = layers.register(store, path, None)
    store.add_image(b'{"os":"linux","rootfs":{"diff_ids":["%s"]}}' % made.diff_id.encode(), made.chain, [])
    return made


def damages(store: Store) -> list[fsck.Damage]:
    return [item for item in fsck.check(store) if isinstance(item, fsck.Damage)]


def test_plain_at_first_and_packed_later(store: Store, layer: Layer) -> None:
    assert (layer.media_type, layer.blob, layer.blob_size) == (TAR, sha256(CONTENT), len(CONTENT))
    assert Path(store.blobs.path(layer.blob)).read_bytes() == CONTENT and damages(store) == []
    packed = pack(store, layer)
    assert packed == store.layer(layer.chain) and packed.media_type == TAR_GZIP
    assert gzip.decompress(Path(store.blobs.path(packed.blob)).read_bytes()) == CONTENT
    assert store.blobs.all() == [packed.blob] and damages(store) == []
    assert pack(store, packed) is packed


def test_who_reads_the_plain_one_keeps_it(store: Store, layer: Layer) -> None:
    with store.pinned([layer.chain]):
        pack(store, layer)
        assert store.blobs.has(layer.blob)
    assert not store.blobs.has(layer.blob)


def test_stopped_in_the_middle(store: Store, layer: Layer) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        pack(store, layer, stop)
    assert store.layer(layer.chain) == layer and list(Path(store.blobs.ingest).iterdir()) == []


def test_the_packer_waits_for_the_end_of_every_lease(store: Store, layer: Layer) -> None:
    packer = Packer(store, quiet=0.01)
    with store.held():
        packer.wake()
        time.sleep(0.1)
        assert store.layer(layer.chain) == layer
    until = time.monotonic() + 10
    while store.layer(layer.chain) == layer and time.monotonic() < until:
        time.sleep(0.01)
    packer.close()
    assert damages(store) == [] and store.blobs.all() != [layer.blob]
