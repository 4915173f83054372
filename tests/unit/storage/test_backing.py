from __future__ import annotations

from pathlib import Path

from hutch.storage.backing import UNKNOWN, backing


def test_the_file_system_below_is_named_as_docker_names_it(tmp_path: Path) -> None:
    assert backing("/proc") == UNKNOWN
    assert backing(str(tmp_path)) not in ("ext4", UNKNOWN)
