from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import System
from hutch.volumes import mounting
from hutch.volumes.mounting import Plan


def test_what_is_mounted() -> None:
    assert mounting.plan(None) is None
    assert mounting.plan({}) is None
    options = {"type": "tmpfs", "device": "tmpfs", "o": "size=1m,,ro"}
    assert mounting.plan(options) == Plan("tmpfs", "tmpfs", ("size=1m", "ro"))


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (Plan("tmpfs", "tmpfs", ("size=1m", "ro")), "mount tmpfs:/v, flags: 0x1, data: size=1m"),
        (Plan("none", "/x", ("bind",)), "mount /x:/v, flags: 0x1000"),
        (Plan("nfs", ":/x", ()), "mount :/x:/v"),
    ],
)
def test_it_is_told_as_docker_does(plan: Plan, text: str) -> None:
    assert plan.describe("/v") == text


def test_what_is_mounted_is_known_by_its_place() -> None:
    assert mounting.is_mounted("/proc")
    assert not mounting.is_mounted("/proc/self")


def test_a_path_in_a_volume_must_be_there_and_in_it(tmp_path: Path) -> None:
    base = tmp_path / "base"
    (base / "a/b").mkdir(parents=True)
    (base / "link").symlink_to("a")
    (base / "out").symlink_to("/etc")
    (base / "up").symlink_to("../..")
    for inside in ("a", "a/b", "link/b", "."):
        mounting.check(str(base), inside)
    with pytest.raises(System, match=f"cannot access path {base}/no: lstat {base}/no: no such file or directory"):
        mounting.check(str(base), "no")
    for outside in ("out", "up", "link/../../x"):
        with pytest.raises(System, match="path concatenation escapes the base directory"):
            mounting.check(str(base), outside)


def test_a_server_has_an_address() -> None:
    found = mounting._addressed("nfs", ["addr=localhost", "ro"])
    assert found[0] in ("addr=127.0.0.1", "addr=::1") and found[1] == "ro"
    assert mounting._addressed("tmpfs", ["addr=localhost"]) == ["addr=localhost"]
