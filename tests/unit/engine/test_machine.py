"""Facts of this machine."""

from __future__ import annotations

import os

from hutch.engine.machine import kernel, machine


def test_kernel_releases() -> None:
    assert kernel("6.1.0-18-amd64") == (6, 1)
    assert kernel("5.15.153.1-microsoft-standard-WSL2") == (5, 15)
    assert kernel("6.18-rc1") == (6, 18)


def test_this_machine() -> None:
    here = machine()
    assert here.cpus >= frozenset(os.sched_getaffinity(0))
    assert here.possible_cpus >= len(here.cpus)
    assert here.cgroup_version in (1, 2)
