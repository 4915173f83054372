from __future__ import annotations

from collections.abc import Callable

from hutch.images.history import history
from hutch.images.store import Store


def test_steps_newest_first(store: Store, image: Callable[..., str]) -> None:
    identifier = image(store, 1, "a")
    assert history(store, "a") == [
        {"Id": identifier, "Created": 0, "CreatedBy": "step 1", "Tags": ["a:latest"], "Size": 0, "Comment": ""}
    ]
