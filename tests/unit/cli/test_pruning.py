"""Reports of prune."""

from __future__ import annotations

import io
import sys

import pytest

from hutch.cli.pruning import confirm


def test_only_y_is_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    for answer, result in (("y\n", True), ("\n", False), ("no\n", False)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        assert confirm("x") is result
