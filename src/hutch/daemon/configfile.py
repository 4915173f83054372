"""``daemon.json``: the same settings by key, and the rules about having one in both places."""

from __future__ import annotations

import os
from typing import Any

from hutch.daemon import values
from hutch.daemon.options import LATER_KEYS, OFF, OPTIONS, by_key
from hutch.model.errors import Invalid

MAX_FILE = 1 << 20  # bytes


def read(path: str, *, named: bool) -> dict[str, Any]:
    """The file's settings by key, in the form of :func:`values.from_file`.

    A file that is missing is no settings, unless it was ``named`` on the command line. Raises Invalid with the path.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        if not named:
            return {}
        raise _unable(path, f"open {path}: no such file or directory") from None
    except OSError as error:
        raise _unable(path, f"open {path}: {os.strerror(error.errno or 0).lower()}") from None
    return decode(data, path)


def decode(data: bytes, path: str) -> dict[str, Any]:
    """The settings in the bytes of a file."""
    import json

    if len(data) > MAX_FILE:
        raise _unable(path, "it is larger than 1 MiB")
    if not data.strip():
        return {}
    try:
        document = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _unable(path, f"invalid JSON: {error}") from None
    if not isinstance(document, dict):
        raise _unable(path, "it must hold an object")
    known = by_key()
    unknown = sorted(key for key in document if key not in known and key not in LATER_KEYS)
    if unknown:
        raise _unable(path, f"the following directives don't match any configuration option: {', '.join(unknown)}")
    document = {key: value for key, value in document.items() if not (key in OFF and value is False)}
    if later := sorted(key for key in document if key not in known):
        raise _unable(path, f"{', '.join(later)}: not supported yet")
    try:
        # null is what is not said
        said = {key: value for key, value in document.items() if value is not None}
        return {key: values.from_file(known[key].kind, value, key) for key, value in said.items()}
    except Invalid as error:
        raise _unable(path, str(error)) from None


def conflicts(flags: dict[str, Any], file: dict[str, Any], path: str) -> None:
    """Raise Invalid if a setting is in both places, as dockerd does; runtimes and log options may be."""
    both = []
    for option in OPTIONS:
        if option.name in flags and option.key in file and option.kind not in ("runtimes",):
            both.append(
                f"{option.key}: (from flag: {_shown(flags[option.name])}, from file: {_shown(file[option.key])})"
            )
    if both:
        text = "the following directives are specified both as a flag and in the configuration file: "
        raise _unable(path, text + ", ".join(both))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{k}:{v}' for k, v in sorted(value.items()))}]"
    return str(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is there twice")
    return document


def _unable(path: str, reason: str) -> Invalid:
    return Invalid(f"unable to configure the Docker daemon with file {path}: {reason}")
