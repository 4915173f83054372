from __future__ import annotations

import pytest

from hutch.model.errors import Invalid, Unsupported
from hutch.storage.btrfs import Btrfs, bound, why_not


def test_another_file_system_is_refused() -> None:
    assert why_not("/proc") == "the data root is not on btrfs"
    with pytest.raises(Unsupported, match=r"wrong filesystem"):
        Btrfs("/proc")


def test_the_size_of_a_container() -> None:
    assert bound({}, 0) == 0
    assert bound({"size": "2g"}, 0) == 2 << 30
    with pytest.raises(Invalid, match=r"cannot be less than 10737418240 bytes"):
        bound({"size": "2g"}, 10 << 30)
    with pytest.raises(Invalid, match=r"more than nothing"):
        bound({"size": "0"}, 0)
    with pytest.raises(Invalid, match=r"invalid suffix"):
        bound({"size": "2x"}, 0)
    with pytest.raises(Invalid, match=r"unknown option colour"):
        bound({"colour": "red"}, 0)
