from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hutch.images import layers
from hutch.images.documents import dump
from hutch.images.layers import Layer
from hutch.images.service import Images
from hutch.images.store import Store
from hutch.storage.vfs import Vfs
from support.registry import FakeRegistry, layer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    driver = Vfs(str(tmp_path))
    made = Store(str(tmp_path), driver)
    yield made
    made.close()
    driver.close()


@pytest.fixture
def images(tmp_path: Path) -> Iterator[Images]:
    """The room as a whole, over vfs, without root."""
    driver = Vfs(str(tmp_path))
    made = Images(str(tmp_path), driver)
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
def add(store: Store) -> Callable[[str | None, str], Layer]:
    """Registers a layer over ``parent`` with one file, whose name is its content."""

    def make(parent: str | None, text: str) -> Layer:
        path = Path(store.blobs.new_file())
        path.write_bytes(layer({text: text.encode()}))
        return layers.register(store, str(path), parent)

    return make


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    """A registry on loopback."""
    made = FakeRegistry()
    yield made
    made.close()
