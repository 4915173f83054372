from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.linux import devmapper
from hutch.model.errors import Invalid, System, Unsupported
from hutch.storage.devicemapper import Devicemapper, Volume, larger


def test_a_volume_on_disk(tmp_path: Path) -> None:
    assert Volume.read(str(tmp_path)) is None
    Volume(7, 2048, "xfs").write(str(tmp_path))
    assert Volume.read(str(tmp_path)) == Volume(7, 2048, "xfs")
    for damaged in ("", "{}", '{"id": 1}', "[1, 2, 3]"):
        (tmp_path / "device").write_text(damaged)
        with pytest.raises(System, match="device is damaged"):
            Volume.read(str(tmp_path))


def test_the_size_of_a_container() -> None:
    assert larger({}, 10 << 30) == 0
    assert larger({"size": "20G"}, 10 << 30) == 20 << 30
    with pytest.raises(Invalid, match=r"Container size cannot be smaller than 10\.74GB"):
        larger({"size": "1g"}, 10 << 30)
    with pytest.raises(Invalid, match="unknown option colour"):
        larger({"colour": "red"}, 0)


@pytest.mark.skipif(os.path.exists(devmapper.CONTROL), reason="there is a device mapper here")
def test_a_kernel_without_a_device_mapper(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="there is no device mapper in this kernel"):
        Devicemapper(str(tmp_path))
    assert os.listdir(tmp_path) == []
