import json
from pathlib import Path

import pytest

from hutch.runtime import main


def test_unknown_commands_and_flags_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", "dance"]) == 1
    assert main.main(["hutch-runtime", "--odd", "list"]) == 1
    assert capsys.readouterr().err == "no such command: dance\nflag provided but not defined: -odd\n"


def test_the_systemd_manager_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", "--systemd-cgroup", "list"]) == 1
    assert "systemd cgroup flag passed" in capsys.readouterr().err


def test_errors_go_to_the_log_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    argv = ["hutch-runtime", "--root", str(tmp_path), "--log", str(log), "--log-format", "json", "state", "x"]
    assert main.main(argv) == 1
    assert json.loads(log.read_text())["msg"] == "container does not exist"
    assert json.loads(capsys.readouterr().err)["level"] == "error"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", "--version"]) == 0
    assert capsys.readouterr().out.startswith("hutch-runtime version ")
