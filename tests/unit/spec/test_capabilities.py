import pytest

from hutch.model.errors import Invalid
from hutch.spec.capabilities import DEFAULT, NAMES, effective, to_oci

ALL = frozenset(NAMES)


def caps(add=(), drop=(), *, privileged=False, available=ALL):
    return effective(list(add), list(drop), privileged=privileged, available=available)


def mask(names):
    return sum(1 << NAMES.index(n) for n in names)


def test_the_default_set_is_dockers_bit_for_bit():
    assert mask(caps()) == 0xA80425FB


def test_all_names_are_in_the_kernels_order():
    assert len(NAMES) == 41 and NAMES.index("CAP_SYS_ADMIN") == 21 and NAMES[40] == "CAP_CHECKPOINT_RESTORE"


def test_add_and_drop():
    assert caps(["net_admin"], ["CAP_CHOWN", "mknod"]) == [
        *[n for n in DEFAULT if n not in ("CAP_CHOWN", "CAP_MKNOD")],
        "CAP_NET_ADMIN",
    ]
    assert caps(["ALL"], ["SYS_ADMIN"]) == [n for n in NAMES if n != "CAP_SYS_ADMIN"]
    assert caps(["CHOWN"], ["all"]) == ["CAP_CHOWN"]
    assert caps([], ["ALL"]) == []


def test_an_added_default_appears_once():
    assert caps(["CHOWN"]).count("CAP_CHOWN") == 1


def test_privileged_is_all_that_there_is():
    less = ALL - {"CAP_SYS_RESOURCE"}
    assert caps([], ["ALL"], privileged=True, available=less) == [n for n in NAMES if n in less]


def test_unknown_and_unavailable_names_are_refused():
    with pytest.raises(Invalid, match='invalid CapAdd: unknown capability: "CAP_X"'):
        caps(["x"])
    with pytest.raises(Invalid, match='invalid CapDrop: unknown capability: "CAP_Y"'):
        caps([], ["cap_y"])
    with pytest.raises(Invalid, match="not supported by your kernel or not available"):
        caps(["SYS_TIME"], available=ALL - {"CAP_SYS_TIME"})


def test_inheritable_and_ambient_are_empty_also_when_privileged():
    for names in (caps(), caps(privileged=True), caps(["ALL"])):
        result = to_oci(names)
        assert result["inheritable"] == [] and result["ambient"] == []
        assert result["bounding"] == result["permitted"] == result["effective"] == names
