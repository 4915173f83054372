"""The command as a whole: start-up cost and exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hutch.cli.main import main

BUDGET = 64  # modules loaded at the end; the interpreter alone has about 25


def modules(*words: str) -> list[str]:
    source = str(Path(main.__code__.co_filename).parents[2])
    code = (
        f"import sys; sys.path.insert(0, {source!r}); from hutch.cli.main import main; main({list(words)!r});"
        "sys.stderr.write('MODULES ' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    return done.stderr.rpartition("MODULES ")[2].split()


def test_little_is_imported() -> None:
    for words in (["ps", "--help"], ["-H", "unix:///nonexistent", "ps"], ["-H", "unix:///nonexistent", "run", "x"]):
        loaded = modules(*words)
        assert not {"re", "json", "argparse", "typing", "enum", "socket", "dataclasses"} & set(loaded)
        assert len(loaded) < BUDGET, sorted(loaded)


@pytest.mark.parametrize(
    ("words", "code", "start"),
    [
        (["psx"], 1, "hutch: unknown command: hutch psx\n\nDid you mean this?\n  hutch ps\n"),
        (["container", "foo"], 1, "hutch: unknown command: hutch container foo\n\nUsage:  hutch container\n"),
        (["build"], 1, "hutch: 'hutch build' is not supported by hutch yet\n"),
        (["system", "dial-stdio"], 1, "hutch: 'hutch system dial-stdio' is not supported by hutch yet\n"),
        (["volume", "update", "x"], 1, "hutch: 'hutch volume update' is not supported by hutch yet\n"),
        (["network", "create", "n"], 1, "hutch: 'hutch network create' is not supported by hutch yet\n"),
        (["--foo"], 125, "unknown flag: --foo\n\nUsage:  hutch [OPTIONS] COMMAND [ARG...]\n\nRun 'hutch --help'"),
        (["-l", "loud", "ps"], 1, "Unable to parse logging level: loud\n"),
        (["run"], 1, "hutch: 'hutch run' requires at least 1 argument\n\nUsage:  hutch run [OPTIONS] IMAGE"),
    ],
)
def test_errors(words: list[str], code: int, start: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == code
    assert capsys.readouterr().err.startswith(start)
