"""Does one thing to every named object: prints the name of each that worked and the error of each that did not."""

from __future__ import annotations

import sys

from hutch.cli.errors import EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def each(
    names: list[str],
    act: Callable[[str], object],
    *,
    show: Callable[[str, object], str | None] | None = None,
    failures: list[str] | None = None,
) -> int:
    """Calls ``act`` for each name; the exit code is 1 if one failed, and ``failures`` gets the names of those.

    ``show`` makes the line that is printed.
    """
    failed = 0
    for name in names:
        try:
            result = act(name)
        except EngineError as error:
            sys.stdout.flush()
            sys.stderr.write(f"{error.message}\n")
            failed = 1
            if failures is not None:
                failures.append(name)
            continue
        line = name if show is None else show(name, result)
        if line is not None:
            sys.stdout.write(f"{line}\n")
    return failed
