"""Copy-up out of an overlay that is mounted nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.mount import Mount
from hutch.storage.trash import Trash
from hutch.volumes.copyup import copy_up

pytestmark = pytest.mark.kernel


def test_layers_are_seen_as_one_and_no_mount_appears(tmp_path: Path) -> None:
    for layer, name in (("low", "below"), ("high", "above")):
        (tmp_path / layer / "data").mkdir(parents=True)
        (tmp_path / layer / "data" / name).write_text(layer)
    (tmp_path / "volume/_data").mkdir(parents=True)
    before = Path("/proc/self/mountinfo").read_text()
    view = Mount("overlay", "overlay", "/", (f"lowerdir={tmp_path}/high:{tmp_path}/low", "ro"))
    trash = Trash(str(tmp_path / ".trash"))
    assert copy_up([view], "/data", str(tmp_path / "volume"), trash)
    trash.close()
    assert {p.name for p in (tmp_path / "volume/_data").iterdir()} == {"below", "above"}
    assert Path("/proc/self/mountinfo").read_text() == before
