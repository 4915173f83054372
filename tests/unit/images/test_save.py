from __future__ import annotations

from collections.abc import Callable

import pytest

from hutch.images import save
from hutch.images.store import Store
from hutch.model.errors import Invalid, NotFound


def test_save_selects_each_image_once(store: Store, image: Callable[..., str]) -> None:
    one = image(store, 1, "a", "b")
    ((record, names),) = save.select(store, ["a", one, "b:latest", "a:latest"])
    assert record.id == one and [n.familiar for n in names] == ["a:latest", "b:latest"]
    with pytest.raises(NotFound, match=r"^No such image: c$"):
        save.save(store, ["c"])
    with pytest.raises(Invalid):
        save.save(store, [])
