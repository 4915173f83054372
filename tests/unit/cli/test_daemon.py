"""Starting the engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hutch.cli.daemon import start_engine


def test_nothing_is_started_where_there_is_no_hutchd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "hutch")])
    assert start_engine(str(tmp_path / "s")) is False
