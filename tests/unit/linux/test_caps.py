import pytest

from hutch.linux import caps


def test_names_and_numbers_are_the_kernels() -> None:
    assert caps.NUMBERS["CAP_CHOWN"] == 0
    assert caps.NUMBERS["CAP_SYS_ADMIN"] == 21
    assert caps.NUMBERS["CAP_SETFCAP"] == 31
    assert caps.NUMBERS["CAP_CHECKPOINT_RESTORE"] == 40


def test_masks_and_names_are_inverse() -> None:
    names = ["CAP_CHOWN", "CAP_NET_RAW", "CAP_BPF"]
    assert caps.names_of(caps.mask(names)) == names
    with pytest.raises(KeyError):
        caps.mask(["CAP_NONE"])


def test_our_own_sets_are_within_the_permitted() -> None:
    effective, permitted, _ = caps.get()
    assert effective & ~permitted == 0
    assert caps.bounding() >> (caps.last() + 1) == 0
