import pytest

from hutch.linux import mount as m
from hutch.runtime import mount_options


def test_options_are_sorted_by_what_they_change() -> None:
    parsed = mount_options.parse(["rbind", "ro", "nosuid", "rslave", "size=64k", "defaults", "tmpcopyup"])
    assert (parsed.bind, parsed.recursive, parsed.copy_up) == (True, True, True)
    assert parsed.set == m.MOUNT_ATTR_RDONLY | m.MOUNT_ATTR_NOSUID
    assert parsed.propagation == [(m.MS_SLAVE, True)]
    assert parsed.data == ["size=64k"]


def test_the_last_of_two_opposites_counts() -> None:
    parsed = mount_options.parse(["ro", "rw"])
    assert (parsed.set, parsed.clear) == (0, m.MOUNT_ATTR_RDONLY)
    assert mount_options.parse(["relatime", "noatime"]).set == m.MOUNT_ATTR_NOATIME


def test_recursive_attributes_are_kept_apart() -> None:
    parsed = mount_options.parse(["rro", "nodev"])
    assert (parsed.set, parsed.set_all) == (m.MOUNT_ATTR_NODEV, m.MOUNT_ATTR_RDONLY)


@pytest.mark.parametrize("option", ["ro", "rw", "relatime", "rshared", "remount,x"])
def test_options_that_begin_with_r_are_not_mistaken(option: str) -> None:
    parsed = mount_options.parse([option])
    assert not parsed.set_all & ~m.MOUNT_ATTR_RDONLY or option == "relatime"
    assert (option in parsed.data) == ("," in option)


def test_propagation_of_the_root() -> None:
    assert mount_options.propagation_flag("rslave") == m.MS_SLAVE | m.MS_REC
    assert mount_options.propagation_flag("private") == m.MS_PRIVATE
    with pytest.raises(ValueError, match="odd"):
        mount_options.propagation_flag("odd")


def test_features_know_the_options() -> None:
    assert {"rro", "rslave", "tmpcopyup", "idmap", "nosymfollow"} <= set(mount_options.known())
