from __future__ import annotations

from collections.abc import Callable

from hutch.images.documents import dump
from hutch.images.store import Layer, Store
from hutch.images.usage import usage


def test_a_layer_of_two_images_counts_once(store: Store, image: Callable[..., str]) -> None:
    image(store, 1, "plain")
    for number, size in ((1, 100), (2, 10), (3, 1)):
        chain = f"sha256:{number:064}"
        parent = None if number == 1 else f"sha256:{1:064}"
        store.add_layers([Layer(chain, parent, chain, chain, "", 0, 0, size)])
    ids = [
        store.add_image(
            dump({"os": "linux", "n": number}), f"sha256:{number:064}", [(f"docker.io/library/i{number}", "1")]
        )
        for number in (2, 3)
    ]
    rows, size = usage(store, lambda identifier: 2 if identifier == ids[0] else 0)
    shown = {row["Id"]: (row["Size"], row["SharedSize"], row["Containers"]) for row in rows}
    assert shown[ids[0]] == (110, 100, 2) and shown[ids[1]] == (101, 100, 0)
    assert size == 111
