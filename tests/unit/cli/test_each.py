"""One thing for every name."""

from __future__ import annotations

import pytest

from hutch.cli.each import each
from hutch.cli.errors import EngineError


def test_failures_do_not_stop_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    def act(name: str) -> None:
        if name == "b":
            raise EngineError(404, "no b")

    assert each(["a", "b", "c"], act) == 1
    assert capsys.readouterr() == ("a\nc\n", "Error response from daemon: no b\n")
