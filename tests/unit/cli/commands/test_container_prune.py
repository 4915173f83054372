"""``hutch container prune`` against a scripted engine."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest


def test_reports_what_is_gone(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/prune", {"ContainersDeleted": ["a"], "SpaceReclaimed": 1500})
    assert hutch("container", "prune", "-f")[1] == "Deleted Containers:\na\n\nTotal reclaimed space: 1.5kB\n"


def test_no_is_an_answer(engine: Any, hutch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    asked = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] "
    assert hutch("container", "prune") == (0, asked, "")
    assert engine.targets() == []
