from __future__ import annotations

from pathlib import Path

from hutch.storage import projects


def test_a_folder_that_is_gone_needs_no_freeing(tmp_path: Path) -> None:
    projects.free(str(tmp_path / "gone"))
