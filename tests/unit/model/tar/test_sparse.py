from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hutch.images.tar.extract import Extractor
from hutch.model.tar.reader import Reader


@pytest.mark.parametrize("form", ["gnu", "0.0", "0.1", "1.0"])
def test_what_gnu_tar_writes(tmp_path: Path, form: str) -> None:
    source, target = tmp_path / "s", tmp_path / "t"
    source.mkdir(), target.mkdir()
    with (source / "f").open("wb") as file:
        for at in range(60):
            file.seek(at * 1_000_000)
            file.write(b"%d" % at * 3000)
        file.truncate(80_000_000)
    options = ["--format=gnu"] if form == "gnu" else ["--format=pax", f"--sparse-version={form}"]
    argv = ["/bin/tar", *options, "--sparse", "-cf", str(tmp_path / "a.tar"), "-C", str(source), "f"]
    subprocess.run(argv, check=True, env={}, timeout=60)
    assert (tmp_path / "a.tar").stat().st_size < 20_000_000
    Extractor(str(target)).run(Reader([(tmp_path / "a.tar").read_bytes()]))
    assert (target / "f").read_bytes() == (source / "f").read_bytes()
    assert os.stat(target / "f").st_blocks * 512 < 40_000_000
