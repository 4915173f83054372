"""Variables and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from hutch.cli.container.environment import environment, labels
from hutch.cli.errors import OptionError


def test_files_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSED", "on")
    path = tmp_path / "env"
    path.write_text("# no\n\nA=1\nPASSED\nNOT_THERE_AT_ALL\n")
    assert environment([str(path)], ["B=2", "PASSED"]) == ["A=1", "PASSED=on", "B=2", "PASSED=on"]
    path.write_text("A B=1\n")
    with pytest.raises(OptionError, match="contains whitespaces"):
        environment([str(path)], [])
    assert labels([], ["a=b", "c"]) == {"a": "b", "c": ""}
