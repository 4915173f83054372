"""Every kind of damage that ``fsck`` finds is mended, or said why not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hutch.images.repair import run, salvage
from hutch.images.service import Images
from hutch.model import reference
from hutch.model.digest import sha256
from hutch.model.errors import NotFound
from hutch.storage.vfs import Vfs
from support import boxes
from support.registry import FakeRegistry


async def _collect(stream: Any) -> list[Any]:
    return [item async for item in stream]


def repaired(images: Images) -> dict[str, Any]:
    """Kind -> the reason why it is left, or None for what is mended."""

    async def work() -> list[Any]:
        return await _collect(images.fsck(repair=True))

    items = asyncio.run(work())
    result = {item["mended"]["Kind"]: None for item in items if "mended" in item}
    result.update({item["left"]["Kind"]: item["left"]["Why"] for item in items if "left" in item})
    summary = items[-1]["summary"]
    assert summary["Found"] == sum("damage" in item for item in items)
    return result


def pulled(images: Images, fake: FakeRegistry) -> str:
    fake.image("a", "1", boxes.layer({"one": "1"}), boxes.layer({"two": "2"}))

    async def work() -> None:
        await _collect(images.pull(f"{fake.host}/a", "1", "", None))

    asyncio.run(work())
    return images.resolve(f"{fake.host}/a:1").id


def test_a_pulled_image_is_pulled_again(images: Images, fake: FakeRegistry) -> None:
    identifier = pulled(images, fake)
    store = images.store
    first, second = store.layers(images.resolve(identifier).top)
    assert repaired(images) == {}
    Path(store.blobs.path(first.blob)).write_bytes(b"broken")
    store.driver.remove(second.chain)
    assert repaired(images) == {"blob": None, "layer": None}
    assert repaired(images) == {}
    store.blobs.remove(second.blob), store.driver.remove(second.chain)
    assert repaired(images) == {"blob": None, "layer": None}
    (record,) = store.images()
    store.put_aside(record, "test")
    assert repaired(images) == {"lost image": None} and images.resolve(f"{fake.host}/a:1").id == identifier
    store.db.execute("UPDATE images SET config = ?", (b"{}",))
    assert repaired(images) == {"image": None} and images.resolve(f"{fake.host}/a:1").id == identifier
    assert repaired(images) == {}


def test_what_no_registry_has_is_left(images: Images, tmp_path: Path) -> None:
    async def work() -> None:
        async def body() -> Any:
            yield boxes.layer({"f": "x"})

        await _collect(images.import_(body(), repo="a", tag="1"))

    asyncio.run(work())
    store = images.store
    (layer,) = store.layers(images.resolve("a:1").top)
    Path(store.driver.layer_dir(layer.chain), "f").write_text("y")
    images.in_use = lambda _: [("c" * 64, True)]
    assert repaired(images) == {"layer": f"container {'c' * 12} runs over it: stop it first"}
    images.in_use = lambda _: []
    assert repaired(images) == {"layer": None}
    assert Path(store.driver.layer_dir(layer.chain), "f").read_text() == "x"
    store.blobs.remove(layer.blob)
    assert "cannot be pulled" in repaired(images)["blob"]
    Path(store.blobs.path(sha256(b"stray"))).write_text("")
    store.driver.prepare("staging-x", None)
    store.driver.commit("staging-x", sha256(b"orphan"))
    assert repaired(images).items() >= {"orphan blob": None, "orphan layer": None}.items()
    assert store.orphans() == ([], [])


def test_names_of_another_image_now(images: Images, fake: FakeRegistry) -> None:
    identifier = pulled(images, fake)
    store = images.store
    store.db.execute("DELETE FROM digests")
    (record,) = store.images()
    store.put_aside(record, "test")

    def pull(named: reference.Reference) -> None:
        assert named.tag == "1"

    *_, left, summary = run(store, repair=True, pull=pull)
    assert left["left"]["Why"] == f"{fake.host}/a:1 is another image now"
    assert summary == {"summary": {"Images": 0, "Layers": 0, "Found": 1, "Mended": 0}}
    assert store.lost()[0][0] == identifier
    with pytest.raises(NotFound):
        images.resolve(f"{fake.host}/a:1")


def test_rows_of_a_damaged_database_come_back(tmp_path: Path, fake: FakeRegistry) -> None:
    driver = Vfs(str(tmp_path))
    first = Images(str(tmp_path), driver)
    identifier = pulled(first, fake)
    first.close()
    path = tmp_path / "images.db"
    data = bytearray(path.read_bytes())
    (tmp_path / "whole").write_bytes(data)
    data[20:100] = bytes(80)
    path.write_bytes(data)
    second = Images(str(tmp_path), driver)
    assert second.list() == [] and len(driver.keys()) == 2
    (aside,) = second.store.damaged()
    assert second.store.collect() == [] and len(second.store.blobs.all()) == 2
    (tmp_path / "whole").replace(aside)
    assert salvage(second.store, str(tmp_path / "images.db")) == 0
    assert repaired(second).items() >= {"database": None}.items()
    assert second.resolve(f"{fake.host}/a:1").id == identifier and repaired(second) == {}
    second.close()
    driver.close()
