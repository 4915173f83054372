from __future__ import annotations

import os
from pathlib import Path

from hutch.storage.census import census


def test_counts(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a").write_bytes(b"12345")
    os.link(tmp_path / "d/a", tmp_path / "b")
    (tmp_path / "link").symlink_to("/etc")
    assert census(str(tmp_path)) == (5, 3)
