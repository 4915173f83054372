from __future__ import annotations

from hutch.cli.command import Command
from hutch.cli.flags import Flags
from hutch.cli.main import Context


def test_it_has_what_a_module_has() -> None:
    def run(context: Context, flags: Flags, arguments: list[str]) -> int:
        return len(arguments)

    command = Command("[OPTIONS] THING", "all,a bool everything\n", run)
    assert (command.USAGE, command.ARGUMENTS, command.INTERSPERSED) == ("[OPTIONS] THING", (1, None), True)
    assert command.run(Context(Flags({}), "x"), Flags({}), ["a", "b"]) == 2
