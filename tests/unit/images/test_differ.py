from __future__ import annotations

from pathlib import Path

from hutch.images import differ
from hutch.model.tar.reader import Reader
from hutch.storage.vfs import Vfs

BASE = "sha256:" + "b" * 64


def test_a_copy_beside_its_parent(tmp_path: Path) -> None:
    driver = Vfs(str(tmp_path))
    driver.prepare("staging-1", None)
    folder = Path(driver.layer_dir("staging-1"))
    (folder / "d").mkdir()
    (folder / "d/gone").write_text("x")
    (folder / "same").write_text("x")
    driver.commit("staging-1", BASE)
    driver.prepare("c", BASE)
    folder = Path(driver.layer_dir("c"))
    assert list(differ.changes(driver, "c")) == []
    (folder / "d/gone").unlink()
    (folder / "d/new").write_text("x")
    assert list(differ.changes(driver, "c")) == [
        ("modified", b"d"), ("deleted", b"d/gone"), ("added", b"d/new")
    ]  # fmt: skip
    assert [e.name for e in Reader(differ.layer(driver, "c"))] == [b"d/", b"d/.wh.gone", b"d/new"]
    driver.close()
