"""What needs no kernel privileges; the rest is in tests/kernel/keeper."""

from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import Conflict
from hutch.runtime.keeper.sandbox import Sandbox, read_code


def test_programs_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "x.bpf").write_bytes(b"\x01\x02")
    assert read_code(str(tmp_path / "x.bpf")) == b"\x01\x02"
    assert read_code("") == b""
    assert read_code(None) == b""
    with pytest.raises(FileNotFoundError):
        read_code(str(tmp_path / "none"))


def test_nothing_can_be_done_before_it_is_created() -> None:
    sandbox = Sandbox()
    for action in (sandbox.start, sandbox.pause, sandbox.resume, lambda: sandbox.update({})):
        with pytest.raises(Conflict):
            action()
    sandbox.kill()
    sandbox.end()
    sandbox.remove()
