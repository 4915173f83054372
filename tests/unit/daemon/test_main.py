from __future__ import annotations

import pytest

from hutch import __version__
from hutch.daemon.main import main


def test_actions_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hutchd version {__version__}\n"
    assert main(["--help"]) == 0
    assert "Usage:  hutchd" in capsys.readouterr().out
    assert main(["--validate", "--config-file", "/dev/null"]) == 0
    assert capsys.readouterr().out == "configuration OK\n"


def test_errors_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--userns-remap=default"]) == 1
    assert capsys.readouterr().err == "--userns-remap is not supported yet\nSee 'hutchd --help'.\n"
