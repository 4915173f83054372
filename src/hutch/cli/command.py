"""One command out of a family of commands that differ only in a few words.

Most commands are a module of their own in ``commands/``. Where several would be copies of each other, one module
holds a :class:`Command` for each, and the table in ``table.py`` names it as ``module.name``. To ``main.py`` and
``usage.py`` both look the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context


class Command:
    """What a module of ``commands/`` has, as an object; at least one argument, flags anywhere among them."""

    __slots__ = ("FLAGS", "USAGE", "run")
    ARGUMENTS: tuple[int, int | None] = (1, None)
    INTERSPERSED = True

    def __init__(self, usage: str, flags: str, run: Callable[[Context, Flags, list[str]], int]) -> None:
        self.USAGE = usage
        self.FLAGS = flags
        self.run = run
