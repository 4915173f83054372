"""The daemon's command line, as dockerd's: ``--name=value``, ``--name value``, ``-xvalue``, ``-x value``."""

from __future__ import annotations

from typing import Any

from hutch.daemon import values
from hutch.daemon.options import ACTIONS, LATER, LATER_SHORT, OFF, OPTIONS, Option, by_flag
from hutch.model.errors import Invalid

_ACTION_LETTERS = {"v": "version", "h": "help"}


class Parsed:
    """What the command line says: values by option name, in the form of :func:`values.from_flag`, and actions."""

    __slots__ = ("actions", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.actions: set[str] = set()


def parse(arguments: list[str]) -> Parsed:
    """Read ``arguments`` (without the program's name). Raises Invalid, naming the flag."""
    parsed, left = Parsed(), list(arguments)
    while left:
        word = left.pop(0)
        if word.startswith("--") and len(word) > 2:
            _long(parsed, word[2:], left)
        elif word.startswith("-") and len(word) > 1 and word != "--":
            _short(parsed, word[1:], left)
        else:
            raise Invalid(f'"hutchd" accepts no arguments: "{word}"')
    return parsed


def _long(parsed: Parsed, text: str, left: list[str]) -> None:
    name, equals, value = text.partition("=")
    if name in ACTIONS:
        if not equals or values.boolean(value, name):
            parsed.actions.add(name)
        return
    if name in OFF and equals and not values.boolean(value, name):
        return
    if name in LATER:
        raise Invalid(f"--{name} is not supported yet")
    option = next((o for o in OPTIONS if o.name == name), None)
    if option is None:
        raise Invalid(f"unknown flag: --{name}")
    _store(parsed, option, value if equals else _next(option, f"--{name}", left))


def _short(parsed: Parsed, letters: str, left: list[str]) -> None:
    known = by_flag()
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in _ACTION_LETTERS:
            parsed.actions.add(_ACTION_LETTERS[letter])
            continue
        if letter in LATER_SHORT:
            raise Invalid(f"--{LATER_SHORT[letter]} is not supported yet")
        option = known.get(letter)
        if option is None:
            raise Invalid(f"unknown shorthand flag: '{letter}' in -{letter}{letters}")
        if option.kind == "bool" and not letters.startswith("="):
            _store(parsed, option, "true")
            continue
        _store(parsed, option, letters.removeprefix("=") if letters else _next(option, f"-{letter}", left))
        return


def _next(option: Option, shown: str, left: list[str]) -> str:
    if option.kind == "bool":
        return "true"
    if not left:
        raise Invalid(f"flag needs an argument: {shown}")
    return left.pop(0)


def _store(parsed: Parsed, option: Option, text: str) -> None:
    value = values.from_flag(option.kind, text, option.name)
    before = parsed.values.get(option.name)
    if isinstance(before, list):
        before.extend(value)
    elif isinstance(before, dict):
        before.update(value)
    else:
        parsed.values[option.name] = value


def usage() -> str:
    """The text of ``--help``."""
    lines = ["", "Usage:  hutchd [OPTIONS]", "", "A container engine: the daemon that hutch and docker talk to.", ""]
    rows = [(o.name, o.short, o.kind, o.help) for o in OPTIONS]
    rows += [(name, "v" if name == "version" else "", "bool", text) for name, text in ACTIONS.items()]
    lines.append("Options:")
    shown = {"text": "string", "integer": "int", "size": "bytes", "ulimits": "ulimit", "runtimes": "runtime"}
    for name, short, kind, text in sorted(rows):
        lead = f"  -{short}, --{name}" if short else f"      --{name}"
        lead += "" if kind == "bool" else f" {shown.get(kind, kind)}"
        lines.append(f"{lead:<42}{text}")
    return "\n".join(lines) + "\n"
