from __future__ import annotations

import ctypes
import os

import pytest

from hutch.linux import devmapper


def test_the_structures_are_as_large_as_the_kernel_has_them() -> None:
    assert (ctypes.sizeof(devmapper._Head), ctypes.sizeof(devmapper._Target)) == (312, 40)


def test_what_the_kernel_says_of_a_device() -> None:
    head = devmapper._Head(flags=1 << 17 | 2, open_count=3, device=os.makedev(254, 300), name=b"pool")
    device = devmapper.Device(head)
    assert (device.name, device.number, device.path) == ("pool", (254, 300), "/dev/dm-300")
    assert (device.opened, device.deferred, device.suspended) == (3, True, True)


@pytest.mark.skipif(os.path.exists(devmapper.CONTROL), reason="there is a device mapper here")
def test_without_a_device_mapper_that_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=devmapper.CONTROL):
        devmapper.names()
