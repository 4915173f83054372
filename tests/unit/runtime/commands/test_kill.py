import pytest

from hutch.model.errors import Invalid
from hutch.runtime.commands import kill


@pytest.mark.parametrize(("text", "number"), [("9", 9), ("KILL", 9), ("SIGTERM", 15), ("sighup", 1), ("0", 0)])
def test_signals_by_name_and_number(text: str, number: int) -> None:
    assert kill.number_of(text) == number


@pytest.mark.parametrize("text", ["", "-1", "65", "SIGODD", "٩"])
def test_unknown_signals(text: str) -> None:
    with pytest.raises(Invalid, match="unknown signal"):
        kill.number_of(text)
