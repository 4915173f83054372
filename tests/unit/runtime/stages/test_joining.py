from __future__ import annotations

import os

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.stages import joining


def test_a_process_without_arguments_is_refused_before_anything_is_done() -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(Invalid, match="args"):
        joining.execute(joining.Target(os.getpid(), Entry()), {"args": []}, None, lambda: (None, b""))
    assert os.listdir("/proc/self/fd") == before
