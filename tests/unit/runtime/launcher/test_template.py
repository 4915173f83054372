"""Keepers that are forked and never asked for a container; with one: tests/kernel/keeper."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.runtime.launcher.template import Template


@pytest.fixture
def template() -> Iterator[Template]:
    it = Template()
    yield it
    it.close()
    os.waitpid(-1, 0)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}"):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_keepers_come_from_one_process_that_is_not_ours(template: Template) -> None:
    (one, first), (two, second) = template.fork(None), template.fork(None)
    assert parent_of(one) == parent_of(two) != os.getpid()
    assert parent_of(parent_of(one)) == os.getpid()
    first.close()
    second.close()
    assert gone(one)  # and reaped by nobody: no zombie
    assert gone(two)


def test_another_one_is_made_when_it_was_killed(template: Template) -> None:
    one, first = template.fork(None)
    killed = parent_of(one)
    os.kill(killed, 9)
    os.waitpid(killed, 0)
    two, second = template.fork(None)
    assert parent_of(two) not in (killed, os.getpid())
    assert os.path.exists(f"/proc/{one}")  # a keeper does not need it
    first.close()
    second.close()
    assert gone(two)
