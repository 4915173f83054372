from __future__ import annotations

import os
from pathlib import Path

from hutch.runtime.launcher.rehearsal import rehearse


def test_nothing_is_left(tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    rehearse(str(tmp_path))
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert not list(tmp_path.iterdir())
