"""The table of commands."""

from __future__ import annotations

from hutch.cli.flags import read_table
from hutch.cli.main import find_command
from hutch.cli.table import COMMANDS, GROUPS, MISSING, MISSING_IN, summary


def test_every_command_has_its_module_with_what_main_needs() -> None:
    for name in set(COMMANDS.values()):
        module = find_command(name)
        assert callable(module.run) and isinstance(module.FLAGS, str) and len(module.ARGUMENTS) == 2
        read_table(module.FLAGS)
        assert summary(name)


def test_no_command_is_both_served_and_missing() -> None:
    assert not set(MISSING.split()) & set(COMMANDS)
    missing = {f"{group} {word}" for group, words in MISSING_IN.items() for word in words.split()}
    assert not missing & set(COMMANDS)
    assert set(MISSING_IN) == set(GROUPS)
