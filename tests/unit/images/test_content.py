from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.images.content import Blobs
from hutch.model.digest import sha256
from hutch.model.errors import Invalid, NotFound


def test_blobs(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    path = blobs.new_file()
    Path(path).write_bytes(b"x")
    name = sha256(b"x")
    blobs.adopt(path, name)
    blobs.sync()
    assert blobs.has(name) and blobs.all() == [name]
    fd = blobs.open(name)
    assert os.read(fd, 9) == b"x"
    os.close(fd)
    blobs.remove(name)
    blobs.remove(name)
    with pytest.raises(NotFound):
        blobs.open(name)
    with pytest.raises(Invalid):
        blobs.path("sha256:../../x")
    Path(blobs.new_file()).write_bytes(b"left")
    Blobs(str(tmp_path))
    assert os.listdir(blobs.ingest) == []
