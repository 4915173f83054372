"""What a volume may be called and which options the local driver takes. Pure; error texts are Docker's."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hutch.model.errors import Invalid, NotFound
from hutch.model.ids import is_full

ANONYMOUS = "com.docker.volume.anonymous"
"""The label of volumes that nobody named."""

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_REST = _FIRST | frozenset("_.-")
_MOUNT_OPTIONS = ("type", "o", "device")
_MAX_NAME = 255


class Asked(msgspec.Struct, rename="pascal"):
    """The body of ``POST /volumes/create`` (Engine API, VolumeCreateOptions)."""

    name: str = ""
    driver: str = ""
    driver_opts: dict[str, str] | None = None
    labels: dict[str, str] | None = None


def check_name(name: str) -> None:
    """Raise Invalid for a name that the local driver cannot use."""
    if len(name) < 2:
        raise Invalid(f"create {name}: volume name is too short, names should be at least two alphanumeric characters")
    if len(name) > _MAX_NAME:
        raise Invalid(f"create {name[:32]}...: volume name is longer than {_MAX_NAME} characters")
    if name[0] not in _FIRST or not _REST.issuperset(name):
        raise Invalid(
            f'create {name}: "{name}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
        )


def check_driver(name: str, driver: str, options: Mapping[str, str]) -> None:
    """Raise NotFound for a driver that is not there, Invalid for options of the local driver."""
    if driver not in ("", "local"):
        text = f'create {name}: error looking up volume plugin {driver}: plugin "{driver}" not found'
        raise NotFound(text)
    for option in options:
        if option not in (*_MOUNT_OPTIONS, "size"):
            raise Invalid(f'create {name}: invalid option: "{option}"')
    if "size" in options:
        raise Invalid(f"create {name}: quota size requested but no quota support")
    for required in ("device", "type"):
        if any(option in options for option in _MOUNT_OPTIONS) and not options.get(required):
            raise Invalid(f'create {name}: missing required option: "{required}"')


def is_anonymous(name: str, labels: Mapping[str, str]) -> bool:
    """Whether nobody named this volume, so that it goes with its container."""
    return ANONYMOUS in labels and is_full(name)
