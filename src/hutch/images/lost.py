"""Layers that rows name and the disk has lost: unpacked again from their blobs when the store is opened.

Where the blob is gone too, the images over the layer are put aside: the rest works, and ``fsck --repair`` pulls them
again.
"""

from __future__ import annotations

import logging

from hutch.images import layers
from hutch.images.store import Layer, Store
from hutch.model.errors import HutchError

_log = logging.getLogger(__name__)


def settle(store: Store) -> None:
    """Restore what can be restored and put aside what cannot."""
    known = store.all_layers()
    broken = {chain: why for chain in _missing(store, known) if (why := _restore(store, known[chain]))}
    if not broken:
        return
    for record in store.images():
        gone = [layer.chain for layer in store.layers(record.top) if layer.chain in broken]
        if gone:
            _log.warning("image %s is put aside: layer %s is missing (%s)", record.id, gone[0], broken[gone[0]])
            store.put_aside(record, f"layer {gone[0]} is missing")
    store.collect()


def _missing(store: Store, known: dict[str, Layer]) -> list[str]:
    """Layers without a folder, lower ones first."""

    def height(chain: str) -> int:
        parent, count = known[chain].parent, 0
        while parent in known and count <= len(known):
            parent, count = known[parent].parent, count + 1
        return count

    return sorted((chain for chain in known if not store.driver.exists(chain)), key=height)


def _restore(store: Store, layer: Layer) -> str:
    """Why the layer cannot be had again; "" if it is there."""
    try:
        layers.restore(store, layer)
    except (HutchError, OSError) as error:
        return str(error)
    _log.warning("layer %s was missing and is unpacked again from its blob", layer.chain)
    return ""
