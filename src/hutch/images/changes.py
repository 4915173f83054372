"""``--change`` of import and commit: the Dockerfile instructions that only change an image's config.

CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR, as Docker allows.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from hutch.model import signals
from hutch.model.duration import MILLISECOND, parse_duration
from hutch.model.errors import Invalid

Json = dict[str, Any]

_SHELL = ["/bin/sh", "-c"]
_HEALTH = {"interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod",
           "start-interval": "StartInterval", "retries": "Retries"}  # fmt: skip
_ONBUILD_REFUSED = ("ONBUILD", "FROM", "MAINTAINER")


def apply(settings: Json, changes: Sequence[str]) -> Json:
    """A copy of the image settings with the instructions applied in order. Raises Invalid naming a wrong one."""
    result = json.loads(json.dumps(settings))
    for change in changes:
        for line in change.splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                word, _, rest = line.strip().partition(" ")
                instruction = _INSTRUCTIONS.get(word.upper())
                if instruction is None:
                    raise Invalid(f"{word} is not a valid change command")
                rest = rest.strip()
                if not rest and instruction not in (_cmd, _entrypoint):
                    few = "exactly" if instruction in _ONE else "at least"
                    raise Invalid(f"{word.upper()} requires {few} one argument")
                instruction(result, rest)
    return result  # type: ignore[no-any-return]


def _words(rest: str, name: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise Invalid(f"{name}: {str(error).lower()}") from None


def _command(rest: str, shell: Sequence[str]) -> list[str]:
    """The exec form (a JSON array of strings), or the shell form wrapped in the shell."""
    if rest.startswith("["):
        try:
            value = json.loads(rest)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
    return [*shell, rest] if rest else [*shell]


def _cmd(settings: Json, rest: str) -> None:
    if command := _command(rest, settings.get("Shell") or _SHELL):
        settings["Cmd"] = command  # an empty one is no change


def _entrypoint(settings: Json, rest: str) -> None:
    command = _command(rest, settings.get("Shell") or _SHELL)
    if rest and command:
        settings["Entrypoint"] = command
    else:  # that is how one is taken away
        settings.pop("Entrypoint", None)


def _pairs(rest: str, name: str) -> list[tuple[str, str]]:
    """``KEY=value ...`` with quotes, or the old form ``KEY the rest of the line``."""
    first = rest.split(None, 1)[0]
    if "=" not in first:
        key, _, value = rest.partition(" ")
        if not value:
            raise Invalid(f"{name} must have two arguments")
        return [(key, value.strip())]
    result = []
    for word in _words(rest, name):
        key, equals, value = word.partition("=")
        if not equals:
            raise Invalid(f'Syntax error - can\'t find = in "{word}". Must be of the form: name=value')
        if not key:
            raise Invalid(f"{name} names can not be blank")
        result.append((key, value))
    return result


def _env(settings: Json, rest: str) -> None:
    env = [str(item) for item in settings.get("Env") or []]
    for key, value in _pairs(rest, "ENV"):
        place = next((n for n, item in enumerate(env) if item.partition("=")[0] == key), len(env))
        env[place : place + 1] = [f"{key}={value}"]
    settings["Env"] = env


def _label(settings: Json, rest: str) -> None:
    settings["Labels"] = {**(settings.get("Labels") or {}), **dict(_pairs(rest, "LABEL"))}


def _expose(settings: Json, rest: str) -> None:
    ports = dict(settings.get("ExposedPorts") or {})
    for word in rest.split():
        number, _, protocol = word.partition("/")
        low, dash, high = number.partition("-")
        protocol = (protocol or "tcp").lower()
        bounds = (low, high if dash else low)
        if not all(b.isascii() and b.isdigit() and 0 < int(b) < 65536 for b in bounds) or int(bounds[0]) > int(
            bounds[1]
        ):
            raise Invalid(f"Invalid containerPort: {word}")
        if protocol not in ("tcp", "udp", "sctp"):
            raise Invalid(f"Invalid proto: {protocol}")
        for port in range(int(bounds[0]), int(bounds[1]) + 1):
            ports[f"{port}/{protocol}"] = {}
    settings["ExposedPorts"] = dict(sorted(ports.items()))


def _volume(settings: Json, rest: str) -> None:
    paths = _command(rest, ()) if rest.startswith("[") else rest.split()
    if not paths:
        raise Invalid("VOLUME requires at least one argument")
    if not all(path.strip() for path in paths):
        raise Invalid("VOLUME specified can not be an empty string")
    settings["Volumes"] = {**(settings.get("Volumes") or {}), **{path: {} for path in paths}}


def _workdir(settings: Json, rest: str) -> None:
    settings["WorkingDir"] = posixpath.normpath(posixpath.join("/", settings.get("WorkingDir") or "/", rest))


def _user(settings: Json, rest: str) -> None:
    settings["User"] = rest


def _stop_signal(settings: Json, rest: str) -> None:
    if not (rest.isascii() and rest.isdigit() and int(rest)):  # dockerd takes any other number
        signals.number(rest)
    settings["StopSignal"] = rest


def _onbuild(settings: Json, rest: str) -> None:
    word = rest.split()[0].upper()
    if word in _ONBUILD_REFUSED:
        raise Invalid(f"{word} isn't allowed as an ONBUILD trigger" if word != "ONBUILD"
                      else "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")  # fmt: skip
    settings["OnBuild"] = [*(settings.get("OnBuild") or []), rest]


def _healthcheck(settings: Json, rest: str) -> None:
    health: Json = {}
    flags: list[tuple[str, str, str]] = []
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        rest = rest.strip()
        flags.append(flag[2:].partition("="))
    if not rest:
        raise Invalid("HEALTHCHECK requires at least one argument")
    for key, equals, value in flags:
        if key not in _HEALTH or not equals:
            raise Invalid(f"unknown flag: --{key}")
        if number := _retries(value) if key == "retries" else _interval(key, value):
            health[_HEALTH[key]] = number
    word, _, command = rest.partition(" ")
    command = command.strip()
    if word.upper() == "NONE":
        if command:
            raise Invalid("HEALTHCHECK NONE takes no arguments")
        health = {"Test": ["NONE"]}
    elif word.upper() == "CMD":
        if not command:
            raise Invalid("Missing command after HEALTHCHECK CMD")
        exec_form = _command(command, ())
        shell = exec_form == [command]
        health["Test"] = ["CMD-SHELL", command] if shell else ["CMD", *exec_form]
    else:
        raise Invalid(f'Unknown type "{word.upper()}" in HEALTHCHECK (try CMD)')
    settings["Healthcheck"] = health


def _retries(value: str) -> int:
    """A count; 0 means the default. dockerd's words are those of Go's strconv."""
    digits = value.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid(f'strconv.ParseInt: parsing "{value}": invalid syntax')
    if len(digits) > 9:
        raise Invalid(f'strconv.ParseInt: parsing "{value}": value out of range')
    if int(value) < 0:
        raise Invalid(f"--retries cannot be negative ({value})")
    return int(value)


def _interval(flag: str, value: str) -> int:
    """A Go duration in nanoseconds; at least a millisecond, as Docker asks for, or 0 for the default."""
    total = parse_duration(value)
    if total and total < MILLISECOND:
        raise Invalid(f'Interval "{flag}" cannot be less than 1ms')
    return total


_ONE = (_stop_signal, _user, _workdir)
_INSTRUCTIONS: dict[str, Callable[[Json, str], None]] = {
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "ONBUILD": _onbuild,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
