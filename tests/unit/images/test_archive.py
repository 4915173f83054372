from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from hutch.images.archive import Archive
from hutch.model.digest import sha256
from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT


def test_files_and_links_by_name(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, link in (("d/f", ""), ("d/l", "f"), ("loop", "loop"), ("abs", "/d/f")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
            info.size = 0 if link else 2
            archive.addfile(info, io.BytesIO(b"ab"))
    names = iter(str(tmp_path / str(n)) for n in range(9))
    opened = Archive(lambda: next(names), DEFAULT._replace(document=2))
    opened.spool(io.BytesIO(out.getvalue()).read)
    assert opened.read("d/l") == opened.read("./d/f") == opened.read("/abs"[1:]) == b"ab"
    assert opened.file("d/f").digest == sha256(b"ab")
    for missing in ("loop", "none", "../d/f"):
        with pytest.raises(Invalid):
            opened.file(missing)
    opened.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_cut_is_not_left(tmp_path: Path) -> None:
    info = tarfile.TarInfo("f")
    info.size = 5000
    archive = Archive(lambda: str(tmp_path / "spooled"))
    with pytest.raises(Invalid):
        archive.spool(io.BytesIO(info.tobuf() + b"x" * 600).read)
    assert list(tmp_path.iterdir()) == []
