"""Compiled filters as files."""

from __future__ import annotations

import os
from pathlib import Path

from hutch.engine.seccomp_files import SeccompFiles
from hutch.spec import seccomp


def test_one_file_a_profile(tmp_path: Path) -> None:
    files = SeccompFiles(f"{tmp_path}/run", f"{tmp_path}/kept")
    evaluated = seccomp.evaluate(seccomp.default_profile(), arch="amd64", kernel=(6, 1), capabilities=frozenset())
    path = files.path(evaluated)
    program = Path(path).read_bytes()
    assert len(program) % 8 == 0
    assert len(program) > 1000
    assert files.path(dict(evaluated)) == path
    assert os.stat(path).st_mode & 0o777 == 0o600
    other = files.path({**evaluated, "defaultAction": "SCMP_ACT_ALLOW"})
    assert other != path
