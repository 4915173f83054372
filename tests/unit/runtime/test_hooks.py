import json
from pathlib import Path

import pytest

from hutch.runtime import hooks
from hutch.runtime.step import StepFailed


def shell(script: str, **more: object) -> dict[str, object]:
    return {"path": "/bin/sh", "args": ["sh", "-c", script], **more}


def test_a_hook_gets_the_state_and_its_own_environment(tmp_path: Path) -> None:
    out = tmp_path / "out"
    hooks.run_all("poststop", [shell(f"cat > {out}; echo $X >> {out}", env=["X=y"])], {"id": "c1"})
    first, _, second = out.read_text().partition("}")
    assert json.loads(first + "}") == {"id": "c1"}
    assert second == "y\n"


def test_the_first_failure_ends_the_row(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="error running prestart hook #1: exit status 4"):
        hooks.run_all("prestart", [shell("true"), shell("exit 4"), shell(f"touch {tmp_path}/x")], {})
    assert not (tmp_path / "x").exists()


def test_a_hook_that_ignores_its_input_is_no_error() -> None:
    hooks.run_all("prestart", [{"path": "/bin/true"}], {"big": "x" * 60_000})


def test_a_hanging_hook_is_killed() -> None:
    with pytest.raises(StepFailed, match="timeout"):
        hooks.run_all("prestart", [shell("sleep 60", timeout=0.2)], {})


def test_what_a_hook_says_is_told_when_it_fails_and_is_nobodys_output(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StepFailed, match="exit status 3, stdout: out\n, stderr: bad\n"):
        hooks.run_all("prestart", [shell("echo out; echo bad >&2; exit 3")], {})
    hooks.run_all("prestart", [shell("echo out; echo bad >&2")], {})
    assert capfd.readouterr() == ("", "")


def test_a_hook_runs_in_the_bundle(tmp_path: Path) -> None:
    hooks.run_all("createRuntime", [shell("pwd > here")], {"bundle": str(tmp_path)})
    assert (tmp_path / "here").read_text() == f"{tmp_path}\n"
