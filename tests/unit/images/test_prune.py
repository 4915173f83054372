from __future__ import annotations

from collections.abc import Callable

import pytest

from hutch.images import prune
from hutch.images.store import Store
from hutch.model.errors import Invalid


def test_prune_keeps_what_is_used(store: Store, image: Callable[..., str]) -> None:
    used, unused = image(store, 1), image(store, 2)
    answer = prune.prune(store, {}, lambda i: [("c", False)] if i == used else [])
    assert answer["ImagesDeleted"] == [{"Deleted": unused}]
    with pytest.raises(Invalid):
        prune.prune(store, {"colour": ["x"]}, lambda _: [])
