import importlib
import re

import pytest

from hutch.runtime import help as helps
from hutch.runtime.arguments import ARITY


@pytest.mark.parametrize("verb", sorted(ARITY))
def test_the_help_of_a_command_has_its_options_and_no_others(verb: str) -> None:
    options = importlib.import_module(f"hutch.runtime.commands.{verb}").OPTIONS
    told = re.findall(r"^   --([a-z0-9-]+)( value)?(?:, -([a-z]))?", helps.command(verb), re.MULTILINE)
    assert {name for name, _, _ in told} == (options.flags | options.values | options.lists) - {"help"}
    assert {name for name, value, _ in told if value} == options.values | options.lists
    assert {letter: name for name, _, letter in told if letter} == {k: v for k, v in options.short.items() if k != "h"}


def test_every_command_is_in_the_overview() -> None:
    text = helps.overview("1.2")
    for verb in ARITY:
        assert re.search(rf"^   {verb}  ", text, re.MULTILINE)
    assert "VERSION:\n   1.2\n" in text


@pytest.mark.parametrize(
    ("verb", "count", "text"),
    [
        ("start", 0, '"start" requires exactly 1 argument(s)'),
        ("exec", 0, '"exec" requires a minimum of 1 argument(s)'),
        ("kill", 3, '"kill" requires a maximum of 2 argument(s)'),
        ("kill", 2, ""),
    ],
)
def test_too_few_and_too_many_arguments(verb: str, count: int, text: str) -> None:
    assert helps.miscounted(verb, count) == text
