"""Command lines as runc takes them, parsed without argparse, whose import alone costs more than a start. Pure."""

from __future__ import annotations

from hutch.model.errors import Invalid


class Options:
    """What a verb accepts: ``flags`` without a value, ``values`` with one, ``lists`` that may be given many times.

    Names are without dashes; ``short`` maps a letter to a name.
    """

    __slots__ = ("flags", "lists", "short", "values")

    def __init__(self, flags: str = "", values: str = "", lists: str = "", short: str = "") -> None:
        self.flags = frozenset(flags.split())
        self.values = frozenset(values.split())
        self.lists = frozenset(lists.split())
        self.short = dict(pair.split("=") for pair in short.split())


class Parsed:
    """The options given, by name, and the arguments after them."""

    __slots__ = ("args", "flags", "lists", "values")

    def __init__(self) -> None:
        self.flags: set[str] = set()
        self.values: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.args: list[str] = []

    def value(self, name: str, default: str = "") -> str:
        """The value of an option, or ``default``."""
        return self.values.get(name, default)

    def the_id(self, verb: str) -> str:
        """The container id that must be the first argument. Raises Invalid."""
        if not self.args:
            raise Invalid(f"{verb}: container id cannot be empty")
        return self.args[0]


def parse(argv: list[str], options: Options) -> Parsed:
    """Options up to the first argument or "--", then arguments. ``-x`` equals ``--x`` as in runc. Raises Invalid."""
    parsed = Parsed()
    index = 0
    while index < len(argv):
        word = argv[index]
        if word == "--":
            index += 1
            break
        if word == "-" or not word.startswith("-"):
            break
        index = _option(parsed, options, argv, index)
    parsed.args = argv[index:]
    return parsed


def _option(parsed: Parsed, options: Options, argv: list[str], index: int) -> int:
    name, equals, value = argv[index].lstrip("-").partition("=")
    name = options.short.get(name, name)
    if name in options.flags:
        if equals and value.lower() in ("false", "0", "f"):
            parsed.flags.discard(name)
        elif equals and value.lower() not in ("true", "1", "t"):
            raise Invalid(f'invalid boolean value "{value}" for -{name}')
        else:
            parsed.flags.add(name)
        return index + 1
    if name not in options.values and name not in options.lists:
        raise Invalid(f"flag provided but not defined: -{name}")
    if not equals:
        index += 1
        if index >= len(argv):
            raise Invalid(f"flag needs an argument: -{name}")
        value = argv[index]
    if name in options.lists:
        parsed.lists.setdefault(name, []).append(value)
    else:
        parsed.values[name] = value
    return index + 1
