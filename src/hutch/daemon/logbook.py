"""The daemon's own log: lines on standard error as dockerd writes them (logfmt), or JSON objects.

Only what happened is logged: no request bodies, headers, environments or credentials ever get here.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Mapping
from typing import TextIO

_LEVELS = {"debug": 10, "info": 20, "warn": 30, "error": 40, "fatal": 50}
_COLOURS = {"debug": 37, "info": 36, "warn": 33, "error": 31, "fatal": 31}  # console_codes(4)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/@^+")


def quote(value: str) -> str:
    """A logfmt value: bare if it may be, else in quotes with control characters escaped."""
    if value and _PLAIN.issuperset(value):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)


def stamp(now_ns: int) -> str:
    """RFC 3339 in UTC with nanoseconds."""
    seconds, nanoseconds = divmod(now_ns, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds:09d}Z"


def coloured(level: str, when: str, message: str, fields: Mapping[str, str]) -> str:
    """A line for a terminal: ``INFO[TIME] message   key=value``, the level and the keys in its colour."""
    start = f"\x1b[{_COLOURS[level]}m"
    # Control characters in the message would do as they like to the terminal.
    shown = message if message.isprintable() else quote(message)
    more = "".join(f" {start}{key}\x1b[0m={quote(value)}" for key, value in fields.items())
    return f"{start}{level.upper()[:4]}\x1b[0m[{when}] {shown:<44}{more}".rstrip()


class Logbook:
    """Writes lines at or above a level that can change."""

    def __init__(
        self, stream: TextIO | None = None, *, level: str = "info", form: str = "text", raw: bool = False
    ) -> None:
        """Lines of text are coloured on a terminal, unless they are to be ``raw``."""
        self._stream = stream or sys.stderr
        self._json = form == "json"
        self._coloured = not self._json and not raw and self._stream.isatty()
        self.set_level(level)

    def set_level(self, level: str) -> None:
        """One of debug, info, warn, error, fatal."""
        self._least = _LEVELS[level]

    @property
    def debugging(self) -> bool:
        """Whether debug lines are written."""
        return self._least <= _LEVELS["debug"]

    def write(self, level: str, message: str, **fields: str) -> None:
        """One line."""
        if _LEVELS[level] < self._least:
            return
        pairs = {"time": stamp(time.time_ns()), "level": "warning" if level == "warn" else level, "msg": message}
        pairs.update(fields)
        if self._json:
            import json

            line = json.dumps(pairs, ensure_ascii=False)
        elif self._coloured:
            line = coloured(level, pairs.pop("time"), message, fields)
        else:
            line = " ".join(f"{key}={quote(value)}" for key, value in pairs.items())
        try:
            self._stream.write(line.encode("utf-8", "replace").decode() + "\n")
            self._stream.flush()
        except OSError:
            pass  # nobody reads the log any more: service goes on

    def debug(self, message: str, **fields: str) -> None:
        """Of use to who looks for a fault."""
        self.write("debug", message, **fields)

    def info(self, message: str, **fields: str) -> None:
        """A thing that happened."""
        self.write("info", message, **fields)

    def warn(self, message: str, **fields: str) -> None:
        """A thing that an administrator should change."""
        self.write("warn", message, **fields)

    def error(self, message: str, **fields: str) -> None:
        """A thing that went wrong."""
        self.write("error", message, **fields)

    def fault(self, where: str, error: BaseException) -> None:
        """An error of ours: with the places it came through, but not the values in them."""
        frames = traceback.extract_tb(error.__traceback__)
        places = " < ".join(
            f"{f.filename.rpartition('/hutch/')[2]}:{f.lineno} {f.name}" for f in reversed(frames[-12:])
        )
        self.write("error", f"{where}: {type(error).__name__}: {error}", at=places)


class Rooms(logging.Handler):
    """What the rooms say through ``logging`` goes into the same log."""

    def __init__(self, logbook: Logbook) -> None:
        super().__init__()
        self._logbook = logbook

    def emit(self, record: logging.LogRecord) -> None:
        """One record, with the error it is about if there is one."""
        level = next((name for name, least in _LEVELS.items() if record.levelno <= least), "fatal")
        fields = {}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        self._logbook.write(level, record.getMessage(), **fields)

    def listen(self) -> None:
        """Take over the loggers of hutch."""
        rooms = logging.getLogger("hutch")
        rooms.addHandler(self)
        rooms.setLevel(logging.DEBUG)
        rooms.propagate = False
