"""The layers of one image made at once (``images/stacking.py``) are on every driver what they are one after another."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from threading import Event
from typing import Any

from pytest import TempPathFactory

from hutch.images import layers, stacking
from hutch.images.sources import File
from hutch.images.store import Store
from hutch.model.digest import chain_ids, sha256
from hutch.storage.driver import StorageDriver
from suites.storage_look import look, shape

Files = dict[str, dict[str, Any]]

_FOLDER, _HARD, _SOFT = tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE
_LONG_AGO = 1_000_000_000
_NOTE = {"SCHILY.xattr.trusted.note": "kept"}

STACK: list[Files] = [
    {
        "./": {"type": _FOLDER, "mode": 0o751, "uid": 5, "gid": 6},
        "a/": {"type": _FOLDER, "mode": 0o2775, "gid": 50, "mtime": 77, "pax_headers": _NOTE},
        "a/b/": {"type": _FOLDER, "mode": 0o1777, "mtime": 78},
        "gone/": {"type": _FOLDER, "mode": 0o700, "uid": 9},
        "gone/x": {},
        "swap/": {"type": _FOLDER, "mode": 0o711},
        "swap/inside": {},
        "hidden/": {"type": _FOLDER, "mode": 0o755},
        "hidden/deep/": {"type": _FOLDER, "mode": 0o700, "uid": 3},
        "hidden/deep/f": {},
        "one": {"content": b"1" * 1000, "mode": 0o4755},
        "two": {"type": _HARD, "linkname": "one"},
        "link": {"type": _SOFT, "linkname": "a"},
    },
    {"a/b/new": {"content": b"n"}, "a/inside": {}, ".wh.gone": {}, "two": {"content": b"2"}},
    {"gone/again": {}, "hidden/.wh..wh..opq": {}, "hidden/deep/new": {}, "a/.wh.inside": {}},
    {"swap": {"content": b"a file"}, "a/b/c/d/": {"type": _FOLDER, "mode": 0o2755, "gid": 7}, "a/b/c/d/f": {}},
    {},
    {"./": {"type": _FOLDER, "mode": 0o700, "mtime": 5}, "swap/": {"type": _FOLDER, "mode": 0o755}, "swap/x": {}},
    {"a/b/c/d/e/f": {}, "link/": {"type": _FOLDER, "mode": 0o755}, "gone/again": {"content": b"g"}},
    {},
]
"""Implied folders, removals, replacements, and layers that say nothing of the root."""


def tar(files: Files) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, fields in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o644
            content = fields.get("content", b"")
            entry.size = len(content)
            for key in fields.keys() - {"content"}:
                setattr(entry, key, fields[key])
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def facts(root: Path) -> dict[str, object]:
    """What ``shape`` tells, and times, attributes and the root itself."""
    found: dict[str, object] = dict(shape(root))
    for name in ["", *list(found)]:
        status = (root / name).lstat()
        kept = {
            key: os.getxattr(root / name, key, follow_symlinks=False)
            for key in os.listxattr(root / name, follow_symlinks=False)
            if ".overlay." not in key
        }
        # A folder that a layer put something into without listing it may have the time of that.
        time = status.st_mtime_ns if status.st_mtime < _LONG_AGO else -1
        found[f"{name}:"] = (status.st_mode, status.st_uid, status.st_gid, time, kept)
    return found


class StackingExam:
    """Part of the exam of storage drivers."""

    def test_layers_made_at_once_are_as_one_after_another(
        self, driver: StorageDriver, tmp_path_factory: TempPathFactory
    ) -> None:
        store = Store(str(tmp_path_factory.mktemp("store")), driver)
        tars = [tar(files) for files in STACK]
        diff_ids = [sha256(data) for data in tars]
        chains = chain_ids(diff_ids)
        second = Event()

        def source(number: int) -> File:
            path = store.blobs.new_file()
            Path(path).write_bytes(tars[number])
            # The lowest comes last where that is possible, so that whoever needs it must wait for it.
            return File(
                path, lambda _: None if second.is_set() else [second.set, lambda: second.wait(0.5)][not number]()
            )

        def make(number: int, parent: str | None, below: Any, _: Any) -> layers.Unpacked:
            return layers.unpack(store, source(number), parent, diff_ids[number], below=below)

        def seen() -> list[dict[str, object]]:
            result = []
            for chain in chains:
                with look(driver.view("look", chain)) as root:
                    result.append(facts(root))
                driver.release("look")
                driver.remove("look")
            return result

        with store.held():
            stacking.build(store, chains, 0, make, lambda _: None)
            assert [layer.chain for layer in store.layers(chains[-1])] == chains
            at_once = seen()
        assert store.collect() == chains[::-1]
        with store.held():
            for number, parent in enumerate([None, *chains[:-1]]):
                layers.register(store, source(number), parent, diff_ids[number])
            for number, found in enumerate(seen()):
                differs = {k: (v, at_once[number].get(k)) for k, v in found.items() if at_once[number].get(k) != v}
                assert not differs and found.keys() == at_once[number].keys(), f"layer {number}: {differs}"
        store.close()
