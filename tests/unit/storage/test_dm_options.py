from __future__ import annotations

import pytest

from hutch.model.errors import Invalid
from hutch.storage.dm_options import Options


def test_as_docker_has_them() -> None:
    usual = Options.of({})
    assert (usual.base, usual.data_size, usual.metadata_size) == (10 << 30, 100 << 30, 2 << 30)
    assert (usual.block, usual.least_free, usual.discard, usual.deferred_removal) == (65536, 10, True, True)


def test_what_is_said() -> None:
    told = Options.of(
        {
            "dm.thinpooldev": "/dev/mapper/vg-pool",
            "dm.basesize": "20G",
            "dm.fs": "ext4",
            "dm.mkfsarg": "-O ^metadata_csum -m 0",
            "dm.mountopt": "nodiscard,noatime",
            "dm.min_free_space": "0%",
            "dm.use_deferred_removal": "false",
        }
    )
    assert (told.pool, told.base, told.kind) == ("vg-pool", 20 << 30, "ext4")
    assert told.arguments == ("-O", "^metadata_csum", "-m", "0") and told.mount == ("nodiscard", "noatime")
    assert (told.least_free, told.deferred_removal, told.discard) == (0, False, False)
    devices = Options.of({"dm.datadev": "/dev/sdb", "dm.metadatadev": "/dev/sdc", "dm.blkdiscard": "1"})
    assert (devices.data_device, devices.metadata_device, devices.discard) == ("/dev/sdb", "/dev/sdc", True)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"dm.fs": "vfat"}, "Unsupported filesystem vfat"),
        ({"dm.blocksize": "100k"}, r"dm\.blocksize: 102400 is not a multiple"),
        ({"dm.min_free_space": "100%"}, r"dm\.min_free_space: invalid value '100%'"),
        ({"dm.min_free_space": "ten"}, r"dm\.min_free_space: invalid value 'ten'"),
        ({"dm.basesize": "0"}, r"dm\.basesize: invalid size"),
        ({"dm.blkdiscard": "maybe"}, r"dm\.blkdiscard: invalid syntax: 'maybe'"),
        ({"dm.datadev": "/dev/sdb"}, "need each other"),
        ({"dm.datadev": "sdb", "dm.metadatadev": "/dev/sdc"}, "sdb is not the path of a block device"),
        ({"dm.thinpooldev": "p", "dm.datadev": "/dev/sdb", "dm.metadatadev": "/dev/sdc"}, "cannot be combined"),
        ({"dm.use_deferred_deletion": "false"}, "always deleted in the background"),
    ],
)
def test_what_makes_no_sense_is_named(given: dict[str, str], text: str) -> None:
    with pytest.raises(Invalid, match=text):
        Options.of(given)
