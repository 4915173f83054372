from __future__ import annotations

import pytest

from hutch.linux import quota


def test_a_file_system_without_projects_enforces_none() -> None:
    assert not quota.enforced("/proc")
    with pytest.raises(FileNotFoundError):
        quota.enforced("/no/such/folder")
