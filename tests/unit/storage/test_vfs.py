from __future__ import annotations

import os
from pathlib import Path

from hutch.model.digest import sha256
from hutch.storage.vfs import Vfs


def test_layers_are_copies(tmp_path: Path) -> None:
    driver = Vfs(str(tmp_path))
    driver.prepare("staging-1", None)
    Path(driver.layer_dir("staging-1"), "f").write_text("1")
    driver.commit("staging-1", sha256(b"1"))
    (mount,) = driver.prepare("c", sha256(b"1"))
    assert (mount.kind, mount.options) == ("bind", ("rbind", "rw"))
    Path(mount.source, "f").write_text("2")
    assert Path(driver.view("v", sha256(b"1"))[0].source, "f").read_text() == "1"
    driver.remove("c")
    driver.close()
    assert not os.path.exists(mount.source)
