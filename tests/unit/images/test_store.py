from __future__ import annotations

from collections.abc import Callable

from hutch.images.store import Store


def test_rows(store: Store, image: Callable[..., str]) -> None:
    one = image(store, 1, "a", "b")
    assert image(store, 1) == one and [r.id for r in store.images()] == [one]
    assert store.by_name("docker.io/library/a", "latest", None) == one
    assert store.by_prefix(one[7:12]) == [one] and store.by_prefix("") == [one]
    two = image(store, 2, "a", parent=one)
    assert store.by_name("docker.io/library/a", "latest", None) == two and store.children(one) == [two]
