"""Command lines as runc takes them, parsed without argparse, whose import alone costs more than a start. Pure."""

from __future__ import annotations

from hutch.model.errors import Invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MANY = 1 << 16

ARITY: dict[str, tuple[int, int]] = {
    "create": (1, 1), "delete": (1, 1), "events": (1, 1), "exec": (1, _MANY), "features": (0, 0), "kill": (1, 2),
    "list": (0, 0), "pause": (1, 1), "ps": (1, _MANY), "resume": (1, 1), "run": (1, 1), "spec": (0, 0),
    "start": (1, 1), "state": (1, 1), "update": (1, 1),
}  # fmt: skip
"""The commands, and how many arguments each takes beside its options: least and most."""


class Misused(Invalid):
    """A command line that does not follow the usage; ``verb`` is the command it is about, or empty."""

    def __init__(self, message: str, verb: str = "") -> None:
        super().__init__(message)
        self.verb = verb


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

    def has(self, word: str) -> bool:
        """Whether ``word``, as on a command line, is one of these options."""
        spelled = word.lstrip("-").partition("=")[0]
        name = self.short.get(spelled, spelled)
        return name in self.flags or name in self.values or name in self.lists


class Parsed:
    """The options given, by name, and the arguments after them.

    ``given``: the global options with a value; ``log``: takes a level and a message for the runtime's log.
    """

    __slots__ = ("args", "flags", "given", "lists", "log", "values")

    def __init__(self) -> None:
        self.flags: set[str] = set()
        self.values: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.args: list[str] = []
        self.given: dict[str, str] = {}
        self.log: Callable[[str, str], None] = lambda _level, _message: None

    def value(self, name: str, default: str = "") -> str:
        """The value of an option, or ``default``."""
        return self.values.get(name, default)

    def the_id(self) -> str:
        """The container id that must be the first argument. Raises Invalid."""
        if not self.args or not self.args[0]:
            raise Invalid("container id cannot be empty")
        return self.args[0]


def parse(argv: list[str], options: Options, *, anywhere: bool = False) -> Parsed:
    """Options up to the first argument or "--", then arguments. ``-x`` equals ``--x`` as in runc. Raises Misused.

    ``anywhere``: options may come behind arguments, too, as for all commands whose arguments are not a command line.
    """
    parsed = Parsed()
    index = 0
    while index < len(argv):
        word = argv[index]
        if word == "--":
            index += 1
            break
        if word == "-" or not word.startswith("-"):
            if not anywhere:
                break
            parsed.args.append(word)
            index += 1
        elif parsed.args and not options.has(word):
            parsed.args.append(word)  # kill ID -9: an argument that looks like an option
            index += 1
        else:
            index = _option(parsed, options, argv, index)
    parsed.args += argv[index:]
    return parsed


def _option(parsed: Parsed, options: Options, argv: list[str], index: int) -> int:
    spelled, equals, value = argv[index].lstrip("-").partition("=")
    name = options.short.get(spelled, spelled)
    if name in options.flags:
        if equals and value.lower() in ("false", "0", "f"):
            parsed.flags.discard(name)
        elif equals and value.lower() not in ("true", "1", "t"):
            raise Misused(f'invalid boolean value "{value}" for -{spelled}: parse error')
        else:
            parsed.flags.add(name)
        return index + 1
    if name not in options.values and name not in options.lists:
        raise Misused(f"flag provided but not defined: -{spelled}")
    if not equals:
        index += 1
        if index >= len(argv):
            raise Misused(f"flag needs an argument: -{spelled}")
        value = argv[index]
    if name in options.lists:
        parsed.lists.setdefault(name, []).append(value)
    else:
        parsed.values[name] = value
    return index + 1
