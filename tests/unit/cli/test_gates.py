from __future__ import annotations

from typing import Any

import pytest

from hutch.cli import gates
from hutch.cli.errors import CommandError
from hutch.cli.flags import read_table
from hutch.cli.main import find_command, main
from hutch.cli.table import COMMANDS


def test_what_is_gated_exists() -> None:
    assert set(gates.SINCE) <= set(COMMANDS.values())
    for module, words in gates.FLAGS.items():
        assert module in COMMANDS.values()
        assert set(words.split()[::2]) <= set(read_table(find_command(module).FLAGS)), module


def test_flags_are_told_in_order() -> None:
    gates.check("run", ("cgroupns", "name", "annotation"), "1.43")
    with pytest.raises(CommandError) as refused:
        gates.check("container create", ("cgroupns", "name", "annotation"), "1.30")
    assert refused.value.code == 1
    assert refused.value.message == (
        '"--annotation" requires API version 1.43, but the Docker daemon API version is 1.30\n'
        '"--cgroupns" requires API version 1.41, but the Docker daemon API version is 1.30'
    )


def test_a_command_is_told_before_its_flags() -> None:
    with pytest.raises(CommandError, match=r"^hutch volume prune requires API version 1\.25, but .* is 1\.24$"):
        gates.check("volume prune", ("all",), "1.24")
    gates.check("volume prune", (), "1.25")


@pytest.mark.parametrize(("version", "known"), [("1.41", True), ("2.0", True), ("1.40", False), ("x", False)])
def test_versions(version: str, known: bool) -> None:
    flags = read_table(find_command("run").FLAGS).values()
    assert ("cgroupns" in [flag.long for flag in gates.shown("run", flags, version)]) == known
    assert "name" in [flag.long for flag in gates.shown("run", flags, version)]


def test_help_and_errors_of_a_pinned_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--help"]) == main(["container", "--help"]) == 0
    assert {"--annotation", "prune"} <= set(capsys.readouterr().out.split())
    monkeypatch.setenv("DOCKER_API_VERSION", "v1.24")
    assert main(["run", "--help"]) == main(["container", "--help"]) == 0
    assert not {"--annotation", "prune"} & set(capsys.readouterr().out.split())
    assert main(["run", "--annotation", "a=b"]) == 1  # before the image is missed
    assert capsys.readouterr().err.startswith('"--annotation" requires API version 1.43, but the Docker daemon')


def test_an_older_engine_is_asked_for_nothing_it_does_not_know(engine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    engine.version = "1.42"
    assert main(["-H", engine.address, "create", "--annotation", "a=b", "x"]) == 1
    assert capsys.readouterr().err == (
        '"--annotation" requires API version 1.43, but the Docker daemon API version is 1.42\n'
    )
    assert engine.targets() == []  # but for the question for its version
