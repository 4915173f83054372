from __future__ import annotations

import os
from pathlib import Path

from hutch.storage import look
from hutch.storage.vfs import Vfs

BASE = "sha256:" + "c" * 64


def names(fd: int) -> list[str]:
    try:
        return sorted(os.listdir(fd))
    finally:
        os.close(fd)


def test_copies_are_folders(tmp_path: Path) -> None:
    driver = Vfs(str(tmp_path))
    driver.prepare("staging-1", None)
    (Path(driver.layer_dir("staging-1")) / "old").touch()
    assert look.below(driver, "staging-1") == -1
    driver.commit("staging-1", BASE)
    driver.prepare("c", BASE)
    (Path(driver.layer_dir("c")) / "new").touch()
    assert names(look.whole(driver, "c")) == ["new", "old"]
    assert names(look.below(driver, "c")) == ["old"]
    driver.close()
