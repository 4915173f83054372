"""Environment variables and labels from flags and files."""

from __future__ import annotations

from hutch.cli.container import values
from hutch.cli.errors import OptionError
from hutch.cli.variables import find


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except IsADirectoryError:
        raise OptionError(f"invalid env file ({path}): read {path}: is a directory") from None
    except OSError as error:
        raise OptionError(f"open {path}: {(error.strerror or '').lower()}") from None


def read_lines(path: str) -> list[str]:
    """The lines of an ``--env-file`` or ``--label-file`` without comments and empty ones.

    Raises :class:`CommandError` for a line whose name has blanks, in Docker's words.
    """
    lines = []
    for number, raw in enumerate(_read(path).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            clean = raw.decode().rstrip("\r").lstrip()
        except UnicodeDecodeError:
            numbers = " ".join(str(byte) for byte in raw)
            raise OptionError(f"invalid env file ({path}): invalid utf8 bytes at line {number}: [{numbers}]") from None
        if not clean or clean.startswith("#"):
            continue
        name = clean.partition("=")[0]
        if not name:
            raise OptionError(f"invalid env file ({path}): no variable name on line '{clean}'")
        if " " in name or "\t" in name:
            raise OptionError(f"invalid env file ({path}): variable '{name}' contains whitespaces")
        lines.append(clean)
    return lines


def environment(files: list[str], given: list[str]) -> list[str]:
    """``NAME=VALUE`` of ``--env-file`` and ``--env``; a bare NAME takes this process's value or is left out.

    Of several values for one name the last counts. Raises :class:`CommandError`.
    """
    out = []
    for path in files:
        for line in read_lines(path):
            if "=" in line:
                out.append(line)
            elif (value := find(line)) is not None:
                out.append(f"{line}={value}")
    for word in given:
        if not word.partition("=")[0]:
            raise values.wrong(word, "-e, --env", f"invalid environment variable: {word}")
        if "=" not in word and (value := find(word)) is not None:
            word = f"{word}={value}"
        out.append(word)
    return list({word.partition("=")[0]: word for word in out}.values())


def pairs(words: list[str]) -> dict[str, str]:
    """``KEY=VALUE`` words as a mapping; a bare KEY has the value ``""``."""
    out = {}
    for word in words:
        key, _, value = word.partition("=")
        out[key] = value
    return out


def labels(files: list[str], given: list[str]) -> dict[str, str]:
    """The labels of ``--label-file``, of which only those with a value count, and ``--label``."""
    words = [line for path in files for line in read_lines(path) if "=" in line]
    return pairs(words + [values.label(word) for word in given])
