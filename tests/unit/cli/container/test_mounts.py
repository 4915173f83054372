"""Mounts."""

from __future__ import annotations

import pytest

from hutch.cli.container.mounts import mount, volume
from hutch.cli.errors import FlagError, OptionError


def test_volume_words() -> None:
    assert volume("/x") == ("volume", "/x")
    assert volume("./a:/b")[1].startswith("/")
    assert volume("name:/b:ro") == ("bind", "name:/b:ro")


def test_mount_words() -> None:
    assert mount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1700") == {
        "Type": "tmpfs",
        "Target": "/t",
        "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1700},
    }
    assert mount('src=v,dst=/d,ro,"volume-opt=o=a,b"')["VolumeOptions"] == {"DriverConfig": {"Options": {"o": "a,b"}}}


def test_refusals() -> None:
    with pytest.raises(FlagError, match="unexpected key 'foo'"):
        mount("foo=bar,target=/x")
    with pytest.raises(FlagError, match="target is required"):
        mount("type=bind")
    with pytest.raises(OptionError, match="cannot mix"):
        mount("type=bind,target=/x,tmpfs-size=1")
