from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from hutch.linux import loop


def test_the_structures_are_as_large_as_the_kernel_has_them() -> None:
    assert ctypes.sizeof(loop._Info) == 232
    assert ctypes.sizeof(loop._Config) == 304


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        loop.attach(str(tmp_path / "nothing-here"))
