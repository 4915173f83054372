"""Failpoints: what is armed happens, as often as asked, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hutch.linux import failpoint as module
from hutch.linux.failpoint import arm, failpoint


@pytest.fixture(autouse=True)
def _disarm() -> Iterator[None]:
    yield
    arm("")


def test_an_unarmed_point_does_nothing() -> None:
    arm("other=error")
    failpoint("create.recorded")


def test_error_happens_count_times_and_names_the_point() -> None:
    arm("create.recorded=error(2)")
    for _ in range(2):
        with pytest.raises(OSError, match=r"create\.recorded"):
            failpoint("create.recorded")
    failpoint("create.recorded")


def test_several_points_in_one_variable() -> None:
    arm("a=panic;b=error")
    with pytest.raises(RuntimeError, match="failpoint a"):
        failpoint("a")
    with pytest.raises(OSError):
        failpoint("b")


@pytest.mark.parametrize("text", ["a", "a=", "a=explode", "=error", "a=error(1"])
def test_a_wrong_specification_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        arm(text)


def test_kill_looks_like_a_crash() -> None:
    code = "from hutch.linux.failpoint import failpoint; failpoint('x'); print('alive')"
    env = {"PYTHONPATH": os.path.dirname(module.__file__) + "/../..", "HUTCH_FAIL": "x=kill"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True)
    assert (done.returncode, done.stdout) == (-9, b"")
