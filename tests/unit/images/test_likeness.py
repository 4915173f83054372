from __future__ import annotations

import os
from pathlib import Path

from hutch.images.likeness import differences


def tree(base: Path) -> Path:
    (base / "d").mkdir(parents=True)
    (base / "d/f").write_text("text")
    os.utime(base / "d/f", (5, 5))
    (base / "l").symlink_to("d")
    return base


def test_each_difference_is_named(tmp_path: Path) -> None:
    want = tree(tmp_path / "want")
    assert list(differences(str(tree(tmp_path / "same")), str(want))) == []
    have = tree(tmp_path / "have")
    (have / "d/f").write_text("TEXT")
    os.utime(have / "d/f", (5, 5))
    (have / "l").unlink(), (have / "l").symlink_to("e")
    (have / "new").write_text("")
    (want / "gone").write_text("")
    found = dict(differences(str(have), str(want)))
    assert found == {b"d/f": "content", b"l": "target", b"new": "not in the image", b"gone": "missing"}
    (have / "d").chmod(0o700)
    assert dict(differences(str(have), str(want)))[b"d"] == "mode"
    (have / "l").unlink(), (have / "l").mkdir()
    assert dict(differences(str(have), str(want)))[b"l"] == "kind"
