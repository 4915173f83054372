import pytest

from hutch.model.errors import Invalid
from hutch.runtime.commands import events


@pytest.mark.parametrize(("text", "value"), [("5s", 5.0), ("500ms", 0.5), ("2m", 120.0), ("1.5s", 1.5)])
def test_durations(text: str, value: float) -> None:
    assert events.seconds(text) == value


@pytest.mark.parametrize("text", ["", "5", "s", "-1s", "0s", "xs", "nans"])
def test_bad_durations_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        events.seconds(text)
