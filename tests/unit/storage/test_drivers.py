from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.storage.drivers import DRIVERS, open_driver


def test_by_name(tmp_path: Path) -> None:
    driver = open_driver(str(tmp_path), "vfs")
    assert driver.name == "vfs"
    driver.close()
    with pytest.raises(Invalid, match="unknown storage driver 'aufs'"):
        open_driver(str(tmp_path), "aufs")


def test_the_driver_with_data_is_taken(tmp_path: Path) -> None:
    first = open_driver(str(tmp_path), "vfs")
    first.prepare("c", None)
    first.close()
    again = open_driver(str(tmp_path))
    assert again.name == "vfs" and again.keys() == ["c"]
    again.close()
    (tmp_path / "overlay2/x").mkdir(parents=True)
    with pytest.raises(Invalid, match="several valid storage drivers: overlay2, vfs"):
        open_driver(str(tmp_path))


def test_the_table_holds_names() -> None:
    assert list(DRIVERS) == ["overlay2", "vfs"]
