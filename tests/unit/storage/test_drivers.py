from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.model.errors import Invalid, Unsupported
from hutch.storage.drivers import DRIVERS, REMOVED, open_driver, parse


def test_by_name(tmp_path: Path) -> None:
    driver, reason = open_driver(str(tmp_path), "vfs")
    assert driver.name == "vfs" and "named" in reason
    driver.close()
    with pytest.raises(Invalid, match="driver not supported: unknown storage driver 'nonsense'"):
        open_driver(str(tmp_path), "nonsense")


@pytest.mark.parametrize("name", REMOVED)
def test_what_docker_dropped_is_refused_in_its_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unsupported, match=f"the {name} storage-driver has been deprecated and removed"):
        open_driver(str(tmp_path), name)


def test_the_driver_with_data_is_taken(tmp_path: Path) -> None:
    first = open_driver(str(tmp_path), "vfs").driver
    first.prepare("c", None)
    first.close()
    again, reason = open_driver(str(tmp_path))
    assert again.name == "vfs" and again.keys() == ["c"]
    assert reason == f"{tmp_path}/vfs has data"
    again.close()
    (tmp_path / "overlay2/x").mkdir(parents=True)
    with pytest.raises(Invalid, match="contains several valid graphdrivers: overlay2, vfs; cleanup or explicitly"):
        open_driver(str(tmp_path))


def test_options_are_refused_by_name() -> None:
    assert parse(["Overlay2.SIZE = 1g", "a=b"]) == {"overlay2.size": "1g", "a": "b"}
    for text in ("size", "=x"):
        with pytest.raises(Invalid, match="Unable to parse key/value option"):
            parse([text])


def test_a_driver_takes_its_own_options_only(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"vfs: unknown option overlay2\.size: there are size"):
        open_driver(str(tmp_path), "vfs", ["overlay2.size=1g"])
    with pytest.raises(Invalid, match=r"overlay2: unknown option dm\.fs"):
        open_driver(str(tmp_path), "overlay2", ["dm.fs=ext4"])
    assert os.listdir(tmp_path) == []


def test_the_table_is_in_the_order_of_trying() -> None:
    tried = [name for name, about in DRIVERS.items() if about.automatic]
    assert tried == ["overlay2", "fuse-overlayfs", "btrfs", "zfs", "vfs"]
    assert not set(REMOVED) & set(DRIVERS)
