import json
from pathlib import Path

import pytest

from hutch.runtime import main, sealed


def test_unknown_commands_and_flags_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", "dance"]) == 3
    assert main.main(["hutch-runtime", "--odd", "list"]) == 1
    assert main.main(["hutch-runtime", "start"]) == 1
    said = capsys.readouterr()
    first, second, third = said.err.splitlines()
    assert first.endswith("level=error msg=\"No help topic for 'dance'\"")
    assert second.endswith('level=error msg="flag provided but not defined: -odd"')
    assert third.endswith('level=error msg="\\"start\\" requires exactly 1 argument(s)"')
    assert "USAGE:\n   hutch-runtime start <container-id>\n" in said.out


def test_the_systemd_manager_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", "--systemd-cgroup", "list"]) == 1
    assert "systemd cgroup flag passed" in capsys.readouterr().err


def test_errors_go_to_the_log_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    argv = ["hutch-runtime", "--root", str(tmp_path), "--log", str(log), "--log-format", "json", "state", "x"]
    assert main.main(argv) == 1
    assert json.loads(log.read_text())["msg"] == "container does not exist"
    assert capsys.readouterr().err == "container does not exist\n"
    assert main.main(["hutch-runtime", "--root", str(tmp_path), "--log-format", "json", "state", "x"]) == 1
    assert json.loads(capsys.readouterr().err)["level"] == "error"


def test_exec_ends_with_255_and_says_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "ensure", lambda: None)
    assert main.main(["hutch-runtime", "--root", str(tmp_path), "exec", "x", "true"]) == 255
    assert capsys.readouterr().err.endswith('level=error msg="exec failed: container does not exist"\n')


@pytest.mark.parametrize("argv", [["list", "--help"], ["help", "list"], ["--help"], ["h"], []])
def test_help_is_printed(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", *argv]) == 0
    assert capsys.readouterr().out.startswith("NAME:\n   hutch-runtime " + ("list" if "list" in argv else "-"))


def test_debug_says_what_was_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["hutch-runtime", "--debug", "--root", str(tmp_path), "kill", "x", "KILL", "-a"])
    assert 'level=debug msg="kill --all x KILL"' in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["hutch-runtime", "--version"]) == 0
    assert capsys.readouterr().out.startswith("hutch-runtime version ")
