from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import hutch
from hutch.runtime.launcher import compact

SOURCE = Path(hutch.__file__).parents[1]


@pytest.mark.parametrize("size", [304, 464, 512])
def test_what_is_small_and_comes_next_begins_a_pool(size: int) -> None:
    plain = b"".__sizeof__()
    former = [bytes(size - plain) for _ in range(100)]
    del former[::2]  # holes
    kept = compact.fill()
    block = bytes(size - plain)
    at = id(block)
    assert at % compact.POOL == compact.HEAD
    assert kept


def test_what_is_large_and_comes_next_lies_behind_everything() -> None:
    """In an interpreter of its own: one that has run many tests has holes larger than are looked for."""
    code = """
from hutch.runtime.launcher import compact
former = [bytes(5000) for _ in range(100)]
last = max(id(each) for each in former)
del former[::2]
kept = compact.fill()
assert kept and id(bytes(5000)) > last
"""
    subprocess.run([sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(SOURCE)}, check=True)


def test_holes_are_filled_once() -> None:
    kept = compact.fill()
    again = compact.fill()
    assert len(again) < len(kept)
