from __future__ import annotations

import json
from pathlib import Path

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.manifest.store import Lists, Missing, normalized

LIST, ONE, TWO = normalized("a.b:5000/team/list"), normalized("a.b:5000/team/one:1"), normalized("busybox")
VALUE = {"Ref": "x", "Descriptor": {"digest": "d"}}


def test_lists_are_files_where_dockers_command_has_them(tmp_path: Path) -> None:
    lists = Lists(str(tmp_path))
    lists.save(LIST, TWO, VALUE)
    lists.save(LIST, ONE, {**VALUE, "Ref": "y"})
    folder = tmp_path / "manifests/a.b-5000_team_list-latest"
    assert sorted(p.name for p in folder.iterdir()) == ["a.b-5000_team_one-1", "docker.io_library_busybox-latest"]
    assert json.loads((folder / "a.b-5000_team_one-1").read_text())["Ref"] == "y"
    assert [value["Ref"] for value in lists.all(LIST)] == ["y", "x"]
    assert lists.get(LIST, TWO) == VALUE and lists.get(LIST, LIST) is None
    lists.remove(LIST)
    assert not folder.exists() and list((tmp_path / "manifests").iterdir()) == []


def test_what_is_not_there(tmp_path: Path) -> None:
    lists = Lists(str(tmp_path))
    assert not lists.has(LIST)
    with pytest.raises(Missing, match=r"No such manifest: a.b:5000/team/list:latest"):
        lists.all(LIST)
    with pytest.raises(Missing):
        lists.remove(LIST)


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    lists = Lists(str(tmp_path))
    lists.save(LIST, ONE, {"else": 1})
    with pytest.raises(CommandError, match=r"a\.b-5000_team_one-1 is no manifest of a local list"):
        lists.all(LIST)


def test_names_that_are_none() -> None:
    with pytest.raises(CommandError, match="invalid reference format"):
        normalized("../x")
