"""Which profiles the kernel has; the loading itself is proven on a kernel with AppArmor (tests/lab)."""

from hutch.engine.apparmor import has

LISTING = "/usr/sbin/dhclient (enforce)\ndocker-default (enforce)\nbox (1) (complain)\nkill//docker (enforce)\n"


def test_profiles_are_found_by_their_whole_name() -> None:
    assert has(LISTING, "docker-default")
    assert has(LISTING, "box (1)")
    assert not has(LISTING, "docker")
    assert not has(LISTING, "default")
    assert not has("", "docker-default")
