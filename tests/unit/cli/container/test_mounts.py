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


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("foo=bar,target=/x", "unexpected key 'foo' in 'foo=bar'"),
        ("type=bind", "target is required"),
        ("type=,target=/x", "type is required"),
        ("", "EOF"),
        ("foo", "invalid field 'foo' must be a key=value pair"),
        ("type=bind,target=/x,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'bind'"),
        ("type=tmpfs,target=/x,tmpfs-size=foo", "invalid value for tmpfs-size: foo"),
        ("type=tmpfs,target=/x,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"),
        ("type=tmpfs,target=/x,tmpfs-mode=0o700", "invalid value for tmpfs-mode: 0o700"),
        ("target=/x,ro=x", "invalid value for ro: x"),
        ("target=/x,volume-nocopy=x", "invalid value for volume-nocopy: x"),
        (
            "type=bind,target=/x,bind-recursive=x",
            'invalid value for bind-recursive: x (must be "enabled", "disabled", "writable", or "readonly")',
        ),
        (
            "type=bind,target=/x,bind-recursive=writable",
            "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction",
        ),
        (
            "type=bind,target=/x,bind-recursive=readonly,ro",
            "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
        ),
    ],
)
def test_mounts_that_are_none(word: str, message: str) -> None:
    with pytest.raises(FlagError) as caught:
        mount(word)
    assert caught.value.message == f'invalid argument "{word}" for "--mount" flag: {message}'


def test_quotes_in_the_middle_of_a_field() -> None:
    with pytest.raises(FlagError, match='parse error on line 1, column 12: bare " in non-quoted-field'):
        mount('src=/tmp/a/"x",dst=/x')


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("", "invalid empty volume spec"),
        (":/x", "invalid spec: :/x: empty section between colons"),
        ("/x:/x:", "invalid spec: /x:/x:: empty section between colons"),
        ("/a:/x:ro:rw", "invalid spec: /a:/x:ro:rw: too many colons"),
    ],
)
def test_volumes_that_are_none(word: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        volume(word)
    assert caught.value.message == message
