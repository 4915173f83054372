import errno

import pytest

from hutch.linux import overlay


def test_each_lower_folder_becomes_an_option_of_its_own() -> None:
    options = ("lowerdir=/a:/b", "upperdir=/u", "index=off", "userxattr")
    assert overlay.one_by_one(options) == ("lowerdir+=/a", "lowerdir+=/b", "upperdir=/u", "index=off", "userxattr")


def test_names_for_mount_are_relative_to_the_folder_that_all_share() -> None:
    home = "/var/lib/hutch/overlay2"
    options = (f"lowerdir={home}/l/A:{home}/l/B", f"upperdir={home}/k/diff", f"workdir={home}/k/work", "index=off")
    assert overlay.relative(options) == (home, "lowerdir=l/A:l/B,upperdir=k/diff,workdir=k/work,index=off")


def test_as_many_layers_as_an_image_may_have_fit_into_a_page() -> None:
    home = "/a/very/long/data/root/" + "x" * 200
    lowers = ":".join(f"{home}/l/{'A' * 26}" for _ in range(128))
    options = (f"lowerdir={lowers}", f"upperdir={home}/{'k' * 64}/diff", f"workdir={home}/{'k' * 64}/work", "index=off")
    assert len(overlay.relative(options)[1]) <= overlay.PAGE


def test_more_than_a_page_is_an_error_that_says_so() -> None:
    lowers = ":".join(f"/x/l/{'A' * 40}{n}" for n in range(128))
    with pytest.raises(OSError, match="128 layers") as caught:
        overlay.relative((f"lowerdir={lowers}",))
    assert caught.value.errno == errno.E2BIG
