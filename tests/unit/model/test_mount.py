"""A mount and the element of an OCI config say the same."""

from __future__ import annotations

import pytest

from hutch.model.mount import Mount


@pytest.mark.parametrize(
    "mount",
    [
        Mount("overlay", "overlay", "/", ("lowerdir=/a:/b", "upperdir=/c")),
        Mount("bind", "/srv/data", "/data", ("rbind", "ro", "rprivate")),
        Mount("tmpfs", "tmpfs", "/tmp", ()),
    ],
)
def test_there_and_back(mount: Mount) -> None:
    back = Mount.from_oci(mount.to_oci())
    assert back == mount
    assert hash(back) == hash(mount)


def test_names_of_the_runtime_specification() -> None:
    assert Mount("bind", "/a", "/b", ("ro",)).to_oci() == {
        "destination": "/b",
        "type": "bind",
        "source": "/a",
        "options": ["ro"],
    }


def test_a_mount_without_type_is_a_bind() -> None:
    assert Mount.from_oci({"destination": "/b", "source": "/a", "options": None}) == Mount("bind", "/a", "/b")


def test_without_destination_it_is_no_mount() -> None:
    with pytest.raises(KeyError):
        Mount.from_oci({"type": "tmpfs"})


def test_every_field_counts() -> None:
    base = ("bind", "/a", "/b", ("ro",))
    for index, other in enumerate(("tmpfs", "/x", "/y", ("rw",))):
        changed = [*base]
        changed[index] = other
        assert Mount(*base) != Mount(*changed)  # type: ignore[arg-type]
    assert Mount(*base) != base


def test_a_mount_has_no_room_for_more() -> None:
    with pytest.raises(AttributeError):
        Mount("bind", "/a").note = 1  # type: ignore[attr-defined]
