"""Over overlayfs a folder looks as in the lower layer although the upper layer has made it anew."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from hutch.images import layers
from hutch.images.store import Store
from hutch.images.tar import lower
from hutch.storage.overlay2 import Overlay2

pytestmark = pytest.mark.kernel


def tar(*names: str, **fields: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.mode = 0o644
            if name.endswith("/"):
                entry.type = tarfile.DIRTYPE
                entry.pax_headers = {"SCHILY.xattr.user.note": "kept"}
                for key, value in fields.items():
                    setattr(entry, key, value)
            archive.addfile(entry)
    return out.getvalue()


def add(store: Store, data: bytes, parent: str | None) -> str:
    path = store.blobs.new_file()
    Path(path).write_bytes(data)
    return layers.register(store, path, parent).chain


def test_folders_that_are_not_listed(tmp_path: Path) -> None:
    driver = Overlay2(str(tmp_path))
    store = Store(str(tmp_path), driver)
    try:
        with store.held():
            bottom = add(store, tar("a/", "a/b/", "gone/", mode=0o1730, uid=12, gid=34, mtime=77), None)
            middle = add(store, tar(".wh.gone"), bottom)
            top = add(store, tar("a/b/file", "gone/file"), middle)
        made = Path(driver.layer_dir(top))
        for name in ("a", "a/b"):
            status = (made / name).stat()
            assert (status.st_mode & 0o7777, status.st_uid, status.st_gid, int(status.st_mtime)) == (0o1730, 12, 34, 77)
            assert os.getxattr(made / name, "user.note") == b"kept"
        assert ((made / "gone").stat().st_mode & 0o7777, (made / "gone").stat().st_uid) == (0o755, 0)
    finally:
        store.close()
        driver.close()


def test_an_opaque_folder_ends_the_search(tmp_path: Path) -> None:
    (tmp_path / "top/a").mkdir(parents=True)
    (tmp_path / "bottom/a/b").mkdir(parents=True)
    where = [str(tmp_path / "top"), str(tmp_path / "bottom")]
    assert lower.find(where, b"a/b") is not None
    os.setxattr(tmp_path / "top/a", lower.OPAQUE, b"y")
    assert lower.find(where, b"a/b") is None
    found = lower.find(where, b"a")
    assert found is not None and found.xattrs == {}
