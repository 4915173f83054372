from pathlib import Path

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.runtime.arguments import parse
from hutch.runtime.commands import create


def test_the_pid_file_is_whole(tmp_path: Path) -> None:
    create.write_pid_file(str(tmp_path / "pid"), 42)
    assert (tmp_path / "pid").read_text() == "42"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_bundle_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        create.create(str(tmp_path / "root"), "x", parse(["-b", str(tmp_path), "x"], create.OPTIONS))
    assert not (tmp_path / "root").exists()


def test_a_console_socket_needs_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"root": {"path": "r"}, "linux": {}, "process": {"args": ["x"], "cwd": "/"}}'
    )
    parsed = parse(["-b", str(tmp_path), "--console-socket", "/s", "x"], create.OPTIONS)
    with pytest.raises(Invalid, match="console socket"):
        create.create(str(tmp_path / "root"), "x", parsed)
