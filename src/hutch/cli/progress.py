"""Progress of long work: lines that change in place for people, plain lines for pipes and files."""

from __future__ import annotations

import sys

from hutch.cli.client import objects
from hutch.cli.errors import CommandError, EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

    from hutch.cli.client import Client
    from hutch.cli.wire import Answer

_BAR = 50


def bar(detail: dict[str, Any]) -> str:
    """``[=====>    ]  1.2MB/3.4MB`` from a ``progressDetail``; empty without numbers."""
    from hutch.model.size import human_size

    current, total = detail.get("current", 0), detail.get("total", 0)
    if not current and not total:
        return ""
    if detail.get("units") == "s":
        return f"{current} s"
    if total <= 0 or current > total:
        return f"{human_size(current):>8}"
    filled = int(current / total * 100) // 2
    line = "=" * filled + ">" + " " * (_BAR - filled) if filled < _BAR else "=" * _BAR + ">"
    return f"[{line}]  {human_size(current):>8}/{human_size(total)}"


class Screen:
    """Shows progress objects; each ``id`` keeps a line of its own on a terminal."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.terminal = out.isatty()
        self.rows: dict[str, int] = {}

    def show(self, step: dict[str, Any]) -> None:
        """Prints one object; raises :class:`CommandError` for an error object."""
        failure = step.get("errorDetail") or ({"message": step["error"]} if step.get("error") else None)
        if failure:
            raise EngineErrorInStream(failure.get("message") or "unknown error")
        if "stream" in step:
            self.out.write(step["stream"])
            return
        status, name = step.get("status", ""), step.get("id", "")
        detail = bar(step.get("progressDetail") or {})
        if not status:
            return
        if not self.terminal:
            if not detail:
                self.out.write(f"{name}: {status}\n" if name else f"{status}\n")
            return
        self._in_place(name, f"{name}: {status} {detail}".rstrip() if name else status)

    def _in_place(self, name: str, line: str) -> None:
        if not name:
            self.out.write(f"{line}\n")
            self.rows = {}
            return
        if name not in self.rows:
            self.rows[name] = len(self.rows)
            self.out.write(f"{line}\n")
            return
        up = len(self.rows) - self.rows[name]
        self.out.write(f"\x1b[{up}A\x1b[2K\r{line}\x1b[{up}B\r")
        self.out.flush()


class EngineErrorInStream(CommandError):
    """The last object of a progress stream is an error."""


def show_progress(answer: Answer, *, quiet: bool = False, out: TextIO | None = None) -> None:
    """Shows the objects of an answer; with ``quiet`` only plain text and errors."""
    screen = Screen(out or sys.stdout)
    for step in objects(answer):
        if quiet and "stream" not in step and not (step.get("errorDetail") or step.get("error")):
            continue
        screen.show(step)


def pull(
    client: Client,
    name: str,
    platform: str,
    *,
    quiet: bool = False,
    everything: bool = False,
    out: TextIO | None = None,
    more: dict[str, str] | None = None,
) -> None:
    """Has the engine fetch an image and shows how far it is; ``more`` is what only our own engine can be asked for.
    Raises :class:`CommandError`."""
    from hutch.cli.credentials import Keyring
    from hutch.cli.image_names import qualified, split_tag

    repository, tag = split_tag(qualified(name))
    if not split_tag(name)[1] and not everything and not quiet:
        (out or sys.stdout).write("Using default tag: latest\n") if out is None else None
    query = {"fromImage": repository, "tag": "" if everything else tag, "platform": platform}
    credentials = Keyring(client.settings).header(name)
    path = "/hutch/pull" if more else "/images/create"
    try:
        answer = client.request("POST", path, {**query, **(more or {})}, None, (credentials,))
    except EngineError as error:
        if more and error.status == 404 and "page not found" in error.reason:
            raise CommandError(f"this engine knows no --{next(iter(more))} for a pull: only hutch's does") from None
        raise
    try:
        show_progress(answer, quiet=quiet, out=out)
    except EngineErrorInStream as error:
        raise EngineError(500, error.message) if out is not None else error from None
