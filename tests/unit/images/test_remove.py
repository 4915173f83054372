from __future__ import annotations

from collections.abc import Callable

import pytest

from hutch.images import history, remove
from hutch.images.store import Store
from hutch.model.errors import Conflict


def test_children_keep_their_parent(store: Store, image: Callable[..., str]) -> None:
    one = image(store, 1)
    two = image(store, 2, "x", parent=one)
    with pytest.raises(Conflict, match="dependent child images"):
        remove.remove(store, one, lambda _: [])
    assert [h["Id"] for h in history.history(store, "x")] == [two]
    assert remove.remove(store, "x", lambda _: []) == [{"Untagged": "x:latest"}, {"Deleted": two}, {"Deleted": one}]
