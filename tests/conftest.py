"""Marks that need root or another kernel skip themselves with the reason, instead of failing in a confusing way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

NEEDS_ROOT = {"kernel", "e2e", "faults"}


@pytest.fixture(scope="session", autouse=True)
def told_to_end() -> Iterator[None]:
    """A run that is told to end (SIGTERM) ends as with Ctrl-C: fixtures still take their daemons down.

    A child that a test has forked is ended by the signal as any process is, without our fixtures' clean-up.
    """
    own = os.getpid()

    def end(number: int, frame: object) -> None:
        if os.getpid() == own:
            raise KeyboardInterrupt
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


def pytest_configure() -> None:
    """Nothing is to be ignored that ``&`` of a script or ``nohup`` has us ignore: our children would ignore it too."""
    for number, usual in (
        (signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)
    ):  # fmt: skip
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this user or kernel cannot run; CI runs as root, where nothing but ``lab`` is skipped here."""
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if marks & NEEDS_ROOT and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
        if "lab" in marks and not os.environ.get("HUTCH_LAB"):
            item.add_marker(pytest.mark.skip(reason="needs another kernel: scripts/test --lab"))
