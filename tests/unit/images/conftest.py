from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hutch.images.documents import dump
from hutch.images.store import Store
from hutch.storage.vfs import Vfs
from support.registry import FakeRegistry


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    driver = Vfs(str(tmp_path))
    made = Store(str(tmp_path), driver)
    yield made
    made.close()
    driver.close()


@pytest.fixture
def image() -> Callable[..., str]:
    """Records an image without layers and gives its id."""

    def make(store: Store, number: int, *names: str, parent: str = "") -> str:
        raw = dump({"os": "linux", "history": [{"created_by": f"step {number}", "empty_layer": True}]})
        return store.add_image(raw, None, [(f"docker.io/library/{n}", "latest") for n in names], parent)

    return make


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    """A registry on loopback."""
    made = FakeRegistry()
    yield made
    made.close()
