"""Every kind of damage is made for real, and named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hutch.images import fsck
from hutch.images.documents import dump
from hutch.images.fsck import Damage
from hutch.images.store import Layer, Store
from hutch.model.digest import sha256

Add = Callable[[str | None, str], Layer]


@pytest.fixture
def stack(store: Store, add: Add) -> list[Layer]:
    """Two layers, and the image ``a:1`` over them."""
    first = add(None, "one")
    made = [first, add(first.chain, "two")]
    raw = dump({"os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in made]}})
    store.add_image(raw, made[1].chain, [("docker.io/library/a", "1")])
    return made


def damages(store: Store, *, quick: bool = False) -> list[Damage]:
    return [item for item in fsck.check(store, quick=quick) if isinstance(item, Damage)]


def test_nothing_is_wrong(store: Store, stack: list[Layer]) -> None:
    assert damages(store) == [] and damages(store, quick=True) == []
    assert store.driver.keys() == sorted(layer.chain for layer in stack)


def test_a_layer_that_is_gone(store: Store, stack: list[Layer]) -> None:
    store.driver.remove(stack[1].chain)
    assert damages(store, quick=True) == [Damage("layer", stack[1].chain, "missing", ("a:1",))]


def test_a_file_of_a_layer_that_is_other(store: Store, stack: list[Layer]) -> None:
    file = Path(store.driver.layer_dir(stack[1].chain)) / "two"
    status = file.stat()
    file.write_text("TWO")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    (found,) = damages(store)
    assert found == Damage("layer", stack[1].chain, "its files are not those of its tar: 'two' (content)", ("a:1",))
    file.unlink()
    (found,) = damages(store)
    assert "'two' (missing)" in found.what
    assert damages(store, quick=True) == []


def test_blobs(store: Store, stack: list[Layer]) -> None:
    path = Path(store.blobs.path(stack[0].blob))
    sound = path.read_bytes()
    path.write_bytes(sound[:-9] + bytes([sound[-9] ^ 1]) + sound[-8:])
    (found,) = damages(store)
    assert found.kind == "blob" and found.subject == stack[0].blob and found.images == ("a:1",)
    path.write_bytes(sound[:-1])
    assert damages(store, quick=True)[0].what == f"has {len(sound) - 1} bytes instead of {len(sound)}"
    path.unlink()
    assert damages(store, quick=True) == [Damage("blob", stack[0].blob, "missing", ("a:1",))]


def test_a_blob_of_another_layer(store: Store, stack: list[Layer]) -> None:
    """Sound in itself, but not what the layer was made of."""
    store.db.execute("UPDATE layers SET blob = ?, blob_size = ? WHERE chain = ?",
                     (stack[1].blob, stack[1].blob_size, stack[0].chain))  # fmt: skip
    found = {damage.kind: damage for damage in damages(store)}
    assert "unpacks to" in found["blob"].what
    assert found["orphan blob"].subject == stack[0].blob


def test_image_rows(store: Store, stack: list[Layer]) -> None:
    (record,) = store.images()
    for raw, what in ((b"{}", "does not match its id"), (b"[", "does not match its id")):
        store.db.execute("UPDATE images SET config = ?", (raw,))
        assert what in damages(store, quick=True)[0].what
    store.db.execute("UPDATE images SET config = ?, top = ?", (record.raw, stack[0].chain))
    assert "its top layer is" in damages(store, quick=True)[0].what
    store.db.execute("UPDATE images SET top = ?", (stack[1].chain,))
    store.db.execute("UPDATE layers SET parent = NULL WHERE chain = ?", (stack[1].chain,))
    assert "is not in its place" in damages(store, quick=True)[0].what
    bad = b"not json"
    store.db.execute("INSERT INTO images (id, config) VALUES (?, ?)", (sha256(bad), bad))
    assert "is not valid JSON" in next(d.what for d in damages(store, quick=True) if d.subject == sha256(bad))


def test_what_nobody_needs(store: Store, stack: list[Layer]) -> None:
    store.driver.prepare("staging-x", None)
    store.driver.commit("staging-x", sha256(b"orphan"))
    Path(store.blobs.path(sha256(b"stray"))).write_text("")
    stray = Path(store.blobs.path(sha256(b""))).parent / "not-a-digest"
    stray.write_text("")
    found = {(damage.kind, damage.subject) for damage in damages(store, quick=True)}
    assert found == {
        ("orphan layer", sha256(b"orphan")), ("orphan blob", sha256(b"stray")), ("stray file", str(stray)),
    }  # fmt: skip
    with store.pinned([sha256(b"orphan")]):
        assert {damage.kind for damage in damages(store, quick=True)} == {"stray file"}


def test_names_of_nothing_and_images_put_aside(store: Store, stack: list[Layer]) -> None:
    store.db.query("PRAGMA foreign_keys=OFF")
    store.db.execute("INSERT INTO tags VALUES ('docker.io/library/b', '1', 'sha256:gone')")
    assert damages(store, quick=True) == [Damage("name", "docker.io/library/b:1", "image sha256:gone is not there")]
    store.db.execute("DELETE FROM tags WHERE image = 'sha256:gone'")
    (record,) = store.images()
    store.put_aside(record, "for a reason")
    assert damages(store, quick=True)[0] == Damage(
        "lost image", record.id, "for a reason", ("docker.io/library/a:1",)
    )  # fmt: skip
