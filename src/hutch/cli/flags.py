"""Flags as the ``pflag`` package of Docker's CLI reads them, from tables that are text.

A table has one flag a line: ``LONG[,SHORT] KIND[=DEFAULT] DESCRIPTION``. A kind that begins with ``!`` is a flag of
Docker's that hutch refuses by name; one that begins with ``~`` is accepted but not shown in the help.
"""

from __future__ import annotations

from hutch.cli.errors import CommandError, FlagError, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REPEATED = ("list", "filter", "map", "ulimit", "mount", "network", "strings", "gpu-request", "env")
_WINDOWS = "only for Windows"  # as the help of a refused flag: these are refused in Docker's words
_UNLIMITED = ("memory-swap",)  # sizes for which -1 means that there is no limit
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


class Flag:
    """One flag of a command."""

    __slots__ = ("default", "help", "hidden", "kind", "long", "refused", "short")

    def __init__(self, line: str) -> None:
        name, kind, self.help = [*line.split(None, 2), ""][:3]
        self.long, _, self.short = name.partition(",")
        self.kind, _, self.default = kind.lstrip("!~").partition("=")
        self.refused = kind[0] == "!"
        self.hidden = kind[0] == "~"

    def title(self) -> str:
        """The name as messages show it: ``-m, --memory``."""
        return f"-{self.short}, --{self.long}" if self.short else f"--{self.long}"


class Flags:
    """The flags that were given: ``flags["name"]`` is the value or the zero value of the kind."""

    def __init__(self, known: dict[str, Flag]) -> None:
        self.known = known
        self.given: dict[str, Any] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def text(self, name: str) -> str:
        """A string flag, or its default."""
        value = self.given.get(name)
        return self.known[name].default if value is None else str(value)

    def on(self, name: str) -> bool:
        """A bool flag."""
        value = self.given.get(name)
        return self.known[name].default == "true" if value is None else bool(value)

    def number(self, name: str, default: int = 0) -> int:
        """An int, bytes or duration flag."""
        value = self.given.get(name)
        return default if value is None else int(value)

    def list(self, name: str) -> list[str]:
        """A repeatable flag."""
        value: list[str] = self.given.get(name) or []
        return value


def read_table(table: str) -> dict[str, Flag]:
    """The flags of a table, by long name."""
    flags = {}
    for line in table.split("\n"):
        if line:
            flag = Flag(line)
            flags[flag.long] = flag
    return flags


def _bool(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def _integer(text: str, kind: str) -> int:
    function = "ParseUint" if kind.startswith("uint") else "ParseInt"
    try:
        value = int(text, 0) if "_" not in text and text == text.strip() else None
    except ValueError:
        value = int(text, 8) if text.strip("01234567-") == "" and text.strip("-") else None
    if value is None or (value < 0 and function == "ParseUint"):
        raise ValueError(f'strconv.{function}: parsing "{text}": invalid syntax')
    limit = 1 << 16 if kind == "uint16" else 1 << 63
    if not -limit <= value < limit:
        raise ValueError(f'strconv.{function}: parsing "{text}": value out of range')
    return value


def _decimal(text: str) -> int:
    """Billionths, as ``--cpus 1.5`` wants."""
    try:
        whole, _, part = text.partition(".")
        sign = -1 if whole.startswith("-") else 1
        if not (whole.strip("+-") + part).isdigit():
            return _fraction(text)
        if len(part.rstrip("0")) > 9:
            raise ValueError("value is too precise")
        return int(whole or "0") * 10**9 + sign * int((part + "0" * 9)[:9])
    except (ValueError, ZeroDivisionError) as error:
        message = str(error)
        raise ValueError(message if "precise" in message else f"failed to parse {text} as a rational number") from None


def _fraction(text: str) -> int:
    """Billionths of ``1/2`` or ``5e-1``."""
    from fractions import Fraction

    value = Fraction(text) * 10**9
    if value.denominator != 1:
        raise ValueError("value is too precise")
    return value.numerator


def _convert(flag: Flag, text: str) -> Any:
    """The value of a flag's text; raises ValueError with the reason."""
    kind = flag.kind
    if kind == "bool":
        return _bool(text)
    if kind in ("int", "int64", "uint", "uint16"):
        return _integer(text, kind)
    if kind == "decimal":
        return _decimal(text)
    if kind == "bytes":
        from hutch.model.errors import Invalid
        from hutch.model.size import parse_size

        if text == "-1" and flag.long in _UNLIMITED:
            return -1
        try:
            return parse_size(text)
        except Invalid as error:
            raise ValueError(error.message) from None
    if kind == "duration":
        from hutch.model.duration import parse_duration
        from hutch.model.errors import Invalid

        try:
            return parse_duration(text)
        except Invalid as error:
            raise ValueError(error.message) from None
    if kind == "filter" and "=" not in text:
        raise ValueError("bad format of filter (expected name=value)")
    if kind == "env" and not text.partition("=")[0]:
        raise ValueError(f"invalid environment variable: {text}")
    return text


def _put(flags: Flags, flag: Flag, text: str) -> None:
    if flag.refused and flag.help == _WINDOWS:
        raise CommandError(
            f'"--{flag.long}" is only supported on a Docker daemon running on windows, '
            "but the Docker daemon is running on linux"
        )
    if flag.refused:
        raise Unsupported(f"--{flag.long}", flag.help)
    try:
        value = _convert(flag, text)
    except ValueError as error:
        raise FlagError(f'invalid argument "{text}" for "{flag.title()}" flag: {error}') from None
    if flag.kind == "strings":
        flags.given.setdefault(flag.long, []).extend(text.split(","))
    elif flag.kind in REPEATED:
        flags.given.setdefault(flag.long, []).append(value)
    else:
        flags.given[flag.long] = value


def parse(table: str, words: list[str], *, interspersed: bool = True) -> tuple[Flags, list[str]]:
    """Reads the flags among ``words``; returns them and the other words.

    ``interspersed=False`` stops at the first word that is no flag, as ``run`` and ``exec`` do. ``--help`` (and ``-h``
    where no flag has that letter) sets the flag ``help``. Raises :class:`FlagError`, :class:`Unsupported`.
    """
    known = read_table(table)
    short = {flag.short: flag for flag in known.values() if flag.short}
    flags = Flags(known)
    rest: list[str] = []
    words = list(words)
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            rest += words[at:]
            break
        if word[:1] != "-" or word == "-":
            rest.append(word)
            if not interspersed:
                rest += words[at:]
                break
        elif word[1] == "-":
            at = _long(flags, known, word, words, at)
        else:
            at = _short(flags, short, word, words, at)
    return flags, rest


def _long(flags: Flags, known: dict[str, Flag], word: str, words: list[str], at: int) -> int:
    name, equals, text = word[2:].partition("=")
    if not name or name[0] in "-=":
        raise FlagError(f"bad flag syntax: {word}")
    flag = known.get(name)
    if flag is None:
        if name == "help":
            flags.given["help"] = True
            return at
        raise FlagError(f"unknown flag: --{name}")
    if equals:
        _put(flags, flag, text)
    elif flag.kind == "bool":
        _put(flags, flag, "true")
    elif at < len(words):
        _put(flags, flag, words[at])
        return at + 1
    else:
        raise FlagError(f"flag needs an argument: --{name}")
    return at


def _short(flags: Flags, short: dict[str, Flag], word: str, words: list[str], at: int) -> int:
    cluster = word[1:]
    while cluster:
        letter, cluster = cluster[0], cluster[1:]
        flag = short.get(letter)
        if flag is None:
            if letter == "h":
                flags.given["help"] = True
                return at
            raise FlagError(f"unknown shorthand flag: '{letter}' in -{letter}{cluster}")
        if cluster[:1] == "=" and (len(cluster) > 1 or flag.kind != "bool"):
            _put(flags, flag, cluster[1:])
            return at
        if flag.kind == "bool":
            _put(flags, flag, "true")
            continue
        if cluster:
            _put(flags, flag, cluster)
            return at
        if at >= len(words):
            raise FlagError(f"flag needs an argument: '{letter}' in -{letter}")
        _put(flags, flag, words[at])
        return at + 1
    return at
