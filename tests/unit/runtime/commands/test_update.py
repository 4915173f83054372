import json
from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.arguments import parse
from hutch.runtime.commands import update


def test_options_become_resources() -> None:
    argv = ["--memory", "64m", "--cpu-quota", "5000", "--cpuset-cpus", "0-1", "--pids-limit", "-1", "x"]
    assert update.wanted(parse(argv, update.OPTIONS)) == {
        "memory": {"limit": 64 * 1024**2},
        "cpu": {"quota": 5000, "cpus": "0-1"},
        "pids": {"limit": -1},
    }


def test_a_file_of_resources(tmp_path: Path) -> None:
    (tmp_path / "r").write_text(json.dumps({"pids": {"limit": 5}}))
    assert update.wanted(parse(["-r", str(tmp_path / "r"), "x"], update.OPTIONS)) == {"pids": {"limit": 5}}


@pytest.mark.parametrize(("option", "text"), [("memory", "x"), ("memory", "m"), ("cpu-quota", "5m")])
def test_bad_numbers(option: str, text: str) -> None:
    with pytest.raises(Invalid, match=option):
        update.number(option, text)
