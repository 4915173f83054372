"""Texts of options as values: sizes, booleans, ``name=value`` pairs, resource limits, runtimes."""

from __future__ import annotations

from typing import Any

from hutch.daemon.config import RuntimeSettings, Ulimit
from hutch.model.errors import Invalid

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
ULIMITS = frozenset(
    ("as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
     "rtprio", "rttime", "sigpending", "stack")
)  # fmt: skip


def boolean(text: str, flag: str) -> bool:
    """What Go's ``strconv.ParseBool`` takes, which dockerd's flags are read with."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Invalid(f'invalid argument "{text}" for "--{flag}" flag: strconv.ParseBool: parsing "{text}": invalid syntax')


def integer(text: str, flag: str) -> int:
    """A decimal number."""
    if not text.lstrip("-").isdigit() or not text.isascii():
        raise Invalid(
            f'invalid argument "{text}" for "--{flag}" flag: strconv.ParseInt: parsing "{text}": invalid syntax'
        )
    return int(text)


def size(text: str, flag: str) -> int:
    """Bytes: a number and one of b, k, m, g, t, p, with ``b`` or ``ib`` after it if one likes."""
    lower = text.strip().lower()
    digits = lower.rstrip("bikmgtp ")
    unit = lower[len(digits) :].strip().removesuffix("ib" if lower.endswith("ib") else "b")
    try:
        value = float(digits) * _UNITS[unit]
    except (ValueError, KeyError):
        raise Invalid(f'invalid argument "{text}" for "--{flag}" flag: invalid size: \'{text}\'') from None
    if not 0 <= value < 1 << 62:
        raise Invalid(f'invalid argument "{text}" for "--{flag}" flag: invalid size: \'{text}\'')
    return int(value)


def pair(text: str, flag: str) -> tuple[str, str]:
    """``name=value``; Invalid without a name or the sign."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Invalid(f'invalid argument "{text}" for "--{flag}" flag: not in the form name=value')
    return name, value


def ulimit(text: str, flag: str) -> Ulimit:
    """``name=soft[:hard]``; -1 is unlimited."""
    name, value = pair(text, flag)
    soft, _, hard = value.partition(":")
    limit = Ulimit(name, integer(soft, flag), integer(hard or soft, flag))
    return _judged(limit)


def _judged(limit: Ulimit) -> Ulimit:
    if limit.name not in ULIMITS:
        raise Invalid(f"invalid ulimit type: {limit.name}")
    if limit.hard != -1 and (limit.soft > limit.hard or limit.soft == -1):
        raise Invalid(f"ulimit soft limit must be less than or equal to hard limit: {limit.soft} > {limit.hard}")
    return limit


def runtime(text: str, flag: str) -> tuple[str, RuntimeSettings]:
    """``name=path``."""
    name, path = pair(text, flag)
    return _named(name), RuntimeSettings(path)


def _named(name: str) -> str:
    if name.lower() in ("hutch", "hutch-runtime"):
        raise Invalid(f"runtime name '{name}' is reserved")
    return name.strip().lower()


def from_flag(kind: str, text: str, flag: str) -> Any:
    """The value of one appearance of a flag."""
    if kind == "bool":
        return boolean(text, flag)
    if kind == "integer":
        return integer(text, flag)
    if kind == "size":
        return size(text, flag)
    if kind == "map":
        return dict([pair(text, flag)])
    if kind == "ulimits":
        limit = ulimit(text, flag)
        return {limit.name: limit}
    if kind == "runtimes":
        return dict([runtime(text, flag)])
    return [text] if kind == "list" else text


def from_file(kind: str, value: Any, key: str) -> Any:
    """The value of a key of ``daemon.json``; Invalid if it has another type than it should."""
    if kind == "size":
        return size(str(value), key) if isinstance(value, str | int) and not isinstance(value, bool) else _wrong(key)
    if kind == "runtimes":
        return _runtimes(value, key)
    if kind == "ulimits":
        return _ulimits(value, key)
    if kind == "list":
        return list(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else _wrong(key)
    if kind == "map":
        strings = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        return dict(value) if strings else _wrong(key)
    if kind == "objects":
        objects = isinstance(value, dict) and all(isinstance(v, dict) for v in value.values())
        return dict(value) if objects else _wrong(key)
    wanted = {"bool": bool, "integer": int, "text": str}[kind]
    return value if type(value) is wanted else _wrong(key)


def _wrong(key: str) -> Any:
    raise Invalid(f"the value of {key} has the wrong type")


def _runtimes(value: Any, key: str) -> dict[str, RuntimeSettings]:
    found: dict[str, RuntimeSettings] = {}
    for name, entry in (value if isinstance(value, dict) else _wrong(key)).items():
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            raise Invalid(f"runtime {name}: a path is required")
        if unknown := sorted(entry.keys() - {"path", "runtimeArgs"}):
            raise Invalid(f"runtime {name}: {unknown[0]} is not supported yet")
        args = from_file("list", entry.get("runtimeArgs") or [], f"runtimes.{name}.runtimeArgs")
        found[_named(name)] = RuntimeSettings(entry["path"], args)
    return found


def _ulimits(value: Any, key: str) -> dict[str, Ulimit]:
    found: dict[str, Ulimit] = {}
    for name, entry in (value if isinstance(value, dict) else _wrong(key)).items():
        if not isinstance(entry, dict) or type(entry.get("Soft")) is not int or type(entry.get("Hard")) is not int:
            raise Invalid(f"default ulimit {name}: Name, Soft and Hard are required")
        found[name] = _judged(Ulimit(name, entry["Soft"], entry["Hard"]))
    return found
