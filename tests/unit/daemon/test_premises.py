from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hutch.daemon import premises
from hutch.model.errors import Conflict, Forbidden


def test_folders_get_their_mode_whatever_they_had(tmp_path: Path) -> None:
    new, old = tmp_path / "a" / "new", tmp_path / "old"
    old.mkdir(mode=0o777)
    for path in (new, old):
        premises.folder(str(path), 0o710)
        assert stat.S_IMODE(path.stat().st_mode) == 0o710


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder away")
def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    path.mkdir()
    os.chown(path, 65534, 65534)
    with pytest.raises(Forbidden, match="belongs to the user 65534"):
        premises.folder(str(path), 0o700)


def test_one_daemon_a_data_root(tmp_path: Path) -> None:
    first = premises.lock(str(tmp_path))
    with pytest.raises(Conflict, match="another daemon uses the data root"):
        premises.lock(str(tmp_path))
    os.close(first)
    os.close(premises.lock(str(tmp_path)))


def test_the_pid_file_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "hutch.pid"
    path.write_text("999999999")  # of a daemon that was killed
    premises.write_pid(str(path))
    assert path.read_text() == str(os.getpid())
    premises.remove_pid(str(path))
    assert not path.exists()
    path.write_text("1")
    premises.remove_pid(str(path))
    assert path.exists()


def test_as_many_files_as_may_be_open_and_clients_for_a_third_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(1024, 524288)]
    monkeypatch.setattr(premises.resource, "getrlimit", lambda _number: limits[-1])
    monkeypatch.setattr(premises.resource, "setrlimit", lambda _number, both: limits.append(both))
    assert premises.most_connections() == 341
    assert premises.raise_open_files() == 1024
    assert limits[-1] == (524288, 524288)
    assert premises.most_connections() == premises.MAX_CONNECTIONS
    limits.append((16, 16))
    assert premises.most_connections() == 16
