from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.linux import zfs
from hutch.model.errors import Invalid, System, Unsupported
from hutch.storage.zfs import Record, Zfs, bound, missing, why_not


def test_a_dataset_on_disk(tmp_path: Path) -> None:
    assert Record.read(str(tmp_path)) is None
    Record("hutch-1", 7).write(str(tmp_path))
    assert Record.read(str(tmp_path)) == Record("hutch-1", 7)
    for damaged in ("", "{}", '{"id": 1}', "[1, 2, 3]"):
        (tmp_path / "dataset").write_text(damaged)
        with pytest.raises(System, match="dataset is damaged"):
            Record.read(str(tmp_path))


def test_the_size_of_a_container() -> None:
    assert bound({}) == bound({"size": "0"}) == 0
    assert bound({"size": "20G"}) == 20 << 30
    with pytest.raises(Invalid, match="unknown option colour"):
        bound({"colour": "red"})
    with pytest.raises(Invalid, match="invalid suffix"):
        bound({"size": "2x"})


def test_everything_that_is_missing_is_named() -> None:
    lacks = missing("/proc")
    assert lacks[0] == "the data root is not on zfs"
    assert ("there is no zfs command" in lacks) == (zfs.program("zfs") is None)
    assert ("there is no zpool command" in lacks) == (zfs.program("zpool") is None)
    assert why_not("/proc") == "; ".join(lacks)


def test_another_file_system_is_refused() -> None:
    with pytest.raises(Unsupported, match=r"\(wrong filesystem\?\): the data root is not on zfs"):
        Zfs("/proc")


@pytest.mark.skipif(os.path.exists(zfs.CONTROL), reason="there is a zfs module here")
def test_a_kernel_without_the_module(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"there is no /dev/zfs, which the zfs module brings"):
        Zfs(str(tmp_path), {"zfs.fsname": "tank/hutch"})
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"zfs\.fsname: 'tank@x' names no file system"):
        Zfs(str(tmp_path), {"zfs.fsname": "tank@x"})
