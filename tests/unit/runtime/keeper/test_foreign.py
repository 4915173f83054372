"""The pure half; tests/kernel/keeper/test_foreign.py has the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.keeper.foreign import FAILED, Foreign, failed


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Foreign]:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("someone:x:1234:55::/home/s:/bin/sh\n")
    (tmp_path / "etc" / "group").write_text("more:x:77:someone\nwheel:x:10:\n")
    it = Foreign({"path": "/usr/bin/crun", "args": ["--x"]})
    it._root = os.open(tmp_path, os.O_PATH)
    yield it
    os.close(it._root)


def test_names_become_numbers(foreign: Foreign) -> None:
    settings = {"user": {"uid": 0, "gid": 0, "username": "someone", "groups": ["wheel"]}, "env": ["A=b"]}
    resolved = foreign.resolve(settings)
    assert resolved["user"] == {"uid": 1234, "gid": 55, "additionalGids": [55, 77, 10]}
    assert resolved["env"] == ["A=b", "HOME=/home/s"]
    assert settings["env"] == ["A=b"]


def test_numbers_stay_and_a_home_is_kept(foreign: Foreign) -> None:
    settings = {"user": {"uid": 7, "gid": 8}, "env": []}
    assert foreign.resolve(settings) == settings
    assert foreign.resolve({"user": {"username": "someone"}, "env": ["HOME=/x"]})["env"] == ["HOME=/x"]


def test_an_unknown_user_is_refused(foreign: Foreign) -> None:
    with pytest.raises(Invalid, match="unable to find user ghost"):
        foreign.resolve({"user": {"username": "ghost"}})


def test_failures_have_dockers_words() -> None:
    error = failed('exec: "x": executable file not found in $PATH', "create", 1)
    assert str(error) == f'{FAILED}exec: "x": executable file not found in $PATH'
    assert (error.stage, error.exit_code) == ("create", 127)
    text = "exec failed: unable to start container process: exec: permission denied"
    assert (str(failed(text, "exec", 255)), failed(text, "exec", 255).exit_code) == ("exec: permission denied", 126)
    assert str(failed("", "pause", 3)) == "the runtime's pause ended with exit status 3"
