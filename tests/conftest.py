"""Marks that need root or another kernel skip themselves with the reason, instead of failing in a confusing way."""

from __future__ import annotations

import os
import signal

import pytest

NEEDS_ROOT = {"kernel", "e2e", "faults"}


def pytest_sessionstart() -> None:
    """A run that is told to end (SIGTERM) ends as with Ctrl-C: fixtures still take their daemons down."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A child that a test forks is ended by the signal like any process, not with our fixtures' clean-up.
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL) and None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this user or kernel cannot run; CI runs as root, where nothing but ``lab`` is skipped here."""
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if marks & NEEDS_ROOT and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
        if "lab" in marks and not os.environ.get("HUTCH_LAB"):
            item.add_marker(pytest.mark.skip(reason="needs another kernel: scripts/test --lab"))
