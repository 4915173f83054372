from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from hutch.daemon.config import Config
from hutch.daemon.logbook import Logbook
from hutch.daemon.service import Service
from hutch.model.errors import Conflict


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_second_daemon_ends_before_it_touches_anything(tmp_path: Path) -> None:
    from hutch.daemon import premises

    config = Config(
        data_root=str(tmp_path / "data"),
        exec_root=str(tmp_path / "run"),
        hosts=[f"unix://{tmp_path}/s.sock"],
        pidfile=str(tmp_path / "pid"),
    )
    premises.folder(config.data_root, 0o710)
    held = premises.lock(config.data_root)
    try:
        with pytest.raises(Conflict, match="another daemon uses the data root"):
            asyncio.run(Service(config, Logbook(level="fatal"), {}).run())
    finally:
        os.close(held)
    assert not (tmp_path / "pid").exists()
    assert not (tmp_path / "s.sock").exists()
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
