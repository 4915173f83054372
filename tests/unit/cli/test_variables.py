"""Variables of the environment, asked for with and without ``os``."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hutch.cli.variables import find, variable

ASK = """
import sys
sys.path.insert(0, sys.argv[1])
from hutch.cli.variables import find, variable
assert "os" not in sys.modules
sys.stdout.buffer.write(ascii([find("HUTCH_TEST"), find("HUTCH_ABSENT"), variable("HUTCH_ABSENT")]).encode())
"""


def test_what_this_process_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_TEST", "new")
    assert find("HUTCH_TEST") == "new"
    monkeypatch.delenv("HUTCH_TEST")
    assert find("HUTCH_TEST") is None
    assert variable("HUTCH_TEST") == ""


@pytest.mark.parametrize(("raw", "text"), [(b"x", "x"), ("é".encode(), "é"), (b"\xff", "\udcff"), (b"", "")])
def test_without_os_it_is_the_same(raw: bytes, text: str) -> None:
    source = next(path for path in sys.path if os.path.isfile(f"{path}/hutch/cli/variables.py"))
    command = [sys.executable, "-I", "-S", "-c", ASK, source]
    environment = {b"HUTCH_TEST": raw, b"LC_ALL": b"C.UTF-8"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode() == ascii([text, None, ""])


def test_the_commands_that_must_start_fast_do_not_import_os() -> None:
    source = next(path for path in sys.path if os.path.isfile(f"{path}/hutch/cli/variables.py"))
    modules = "main,client,address,variables,commands.ps,container.rows,commands.run,commands.exec,commands.start"
    code = (
        f"import sys; sys.path.insert(0, {source!r}); import {', '.join(f'hutch.cli.{m}' for m in modules.split(','))}"
    )
    code += "; sys.stdout.write(' '.join({'os', 're', 'json', 'typing', 'enum', 'signal'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout == b""
