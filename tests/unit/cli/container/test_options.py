"""The table of options."""

from __future__ import annotations

from hutch.cli.container.options import FLAGS
from hutch.cli.flags import read_table


def test_names_and_letters_are_unique() -> None:
    lines = [line for line in FLAGS.splitlines() if line]
    table = read_table(FLAGS)
    letters = [flag.short for flag in table.values() if flag.short]
    assert len(table) == len(lines) and len(set(letters)) == len(letters)
