from __future__ import annotations

from collections.abc import Callable

import pytest

from hutch.images import resolve
from hutch.images.store import Store
from hutch.model.digest import sha256
from hutch.model.errors import NotFound


def test_resolve(store: Store, image: Callable[..., str]) -> None:
    one = image(store, 1, "a")
    for ref in ("a", "a:latest", "docker.io/library/a", one, one[7:], one[7:19], one[:19]):
        assert resolve.find(store, ref).id == one, ref
    assert resolve.is_id(store, one[7:19], one) and not resolve.is_id(store, "a", one)
    with pytest.raises(NotFound, match=r"^No such image: b:latest$"):
        resolve.find(store, "b")
    with pytest.raises(NotFound, match=f"^No such image: {sha256(b'')}$"):
        resolve.find(store, sha256(b"")[7:])
