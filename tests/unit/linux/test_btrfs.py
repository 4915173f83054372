from __future__ import annotations

import ctypes

import pytest

from hutch.linux import btrfs


def test_the_structures_are_as_large_as_the_kernel_has_them() -> None:
    sizes = [btrfs._Args, btrfs._ArgsV2, btrfs._Lookup, btrfs._Limit, btrfs._Pair]
    assert [ctypes.sizeof(each) for each in sizes] == [4096, 4096, 4096, 48, 16]
    requests = [btrfs._SUBVOL_CREATE, btrfs._SNAP_CREATE_V2, btrfs._INO_LOOKUP, btrfs._QGROUP_LIMIT, btrfs._QUOTA_CTL]
    assert [request >> 16 & 0x3FFF for request in requests] == [4096, 4096, 4096, 48, 16]
    assert {request >> 8 & 0xFF for request in requests} == {0x94}


def test_elsewhere_it_is_refused_by_the_kernel() -> None:
    assert not btrfs.is_btrfs("/proc")
    with pytest.raises(OSError, match="proc"):
        btrfs.create("/proc", "x")
