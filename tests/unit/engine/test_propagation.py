"""Which sources let mounts pass."""

from __future__ import annotations

import pytest

from hutch.engine import propagation
from hutch.model.errors import System

TABLE = """\
20 1 0:20 / / rw - ext4 /dev/vda rw
21 20 0:21 / /srv rw shared:5 - tmpfs x rw
22 20 0:22 / /opt rw master:6 - tmpfs x rw
23 20 0:23 / /srv/a\\040b rw - tmpfs x rw
"""


@pytest.mark.parametrize(
    ("path", "mode"), [("/srv", "rshared"), ("/srv/x", "shared"), ("/opt/x", "rslave"), ("/srv/y", "slave")]
)
def test_what_passes(path: str, mode: str) -> None:
    propagation.verify(path, path, mode, TABLE)


@pytest.mark.parametrize(
    ("path", "mode", "text"),
    [
        ("/tmp", "rshared", "path /tmp is mounted on / but it is not a shared mount"),
        ("/opt/x", "shared", "path /opt/x is mounted on /opt but it is not a shared mount"),
        ("/srvice", "rslave", "path /srvice is mounted on / but it is not a shared or slave mount"),
        ("/srv/a b/c", "slave", "path /srv/a b/c is mounted on /srv/a b but it is not a shared or slave mount"),
    ],
)
def test_what_does_not(path: str, mode: str, text: str) -> None:
    with pytest.raises(System) as error:
        propagation.verify(path, path, mode, TABLE)
    assert error.value.message == text


def test_private_needs_nothing() -> None:
    propagation.check("/proc/no/such", "rprivate")


def test_a_namespace_made_before_follows_shared_mounts_only() -> None:
    shared = TABLE.replace("/ / rw -", "/ / rw shared:1 -")
    assert propagation.passes_on("/srv/x", shared)
    assert propagation.passes_on("/home", shared)
    assert not propagation.passes_on("/opt/x", shared)
    assert not propagation.passes_on("/srv/x", TABLE)
    assert propagation.arrives([])


def test_what_is_possible_is_what_the_check_lets_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, wanted: str) -> None:
        raise System(f"{source} {wanted}")

    assert propagation.possible("/", "rprivate")
    monkeypatch.setattr(propagation, "check", refuse)
    assert not propagation.possible("/", "rslave")
