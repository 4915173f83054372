from __future__ import annotations

from hutch.model.limits import DEFAULT


def test_real_images_are_far_below() -> None:
    assert DEFAULT.depth >= 256 and DEFAULT.entries >= 10**6 and DEFAULT.path == 4095
    assert DEFAULT.document == 8 << 20
