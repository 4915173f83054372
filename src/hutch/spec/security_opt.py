"""``--security-opt`` taken apart."""

from __future__ import annotations

import msgspec

from hutch.model.errors import Invalid

_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


class SecurityOptions(msgspec.Struct):
    """None = not given. ``seccomp`` is "unconfined", "builtin" or the text of a profile."""

    no_new_privileges: bool | None = None
    seccomp: str | None = None
    apparmor: str | None = None
    labels: list[str] = []
    writable_cgroups: bool = False


def parse(options: list[str] | None) -> SecurityOptions:
    """The options; later ones win. Raises Invalid in Docker's words."""
    result = SecurityOptions()
    for option in options or ():
        if option == "no-new-privileges":
            result.no_new_privileges = True
            continue
        if option == "disable":
            result.labels.append("disable")
            continue
        separator = "=" if "=" in option else ":"
        key, found, value = option.partition(separator)
        if not found:
            raise Invalid(f'invalid --security-opt 1: "{option}"')
        _set(result, key, value, option)
    return result


def _set(result: SecurityOptions, key: str, value: str, option: str) -> None:
    if key == "label":
        result.labels.append(value)
    elif key == "apparmor":
        result.apparmor = value
    elif key == "seccomp":
        result.seccomp = value
    elif key == "no-new-privileges":
        result.no_new_privileges = _bool(value, option)
    elif key == "writable-cgroups":
        result.writable_cgroups = _bool(value, option)
    else:
        raise Invalid(f'invalid --security-opt 2: "{option}"')


def _bool(value: str, option: str) -> bool:
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise Invalid(f'invalid --security-opt 2: "{option}"')
