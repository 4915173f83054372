"""Signal names and numbers, against the C library's own."""

from __future__ import annotations

import signal

import pytest

from hutch.model import signals
from hutch.model.errors import Invalid


def test_every_number_agrees_with_this_system() -> None:
    for name, value in signals.NUMBERS.items():
        if hasattr(signal, "SIG" + name):
            assert int(getattr(signal, "SIG" + name)) == value
    assert (signal.SIGRTMIN, signal.SIGRTMAX) == (signals.RTMIN, signals.RTMAX)


@pytest.mark.parametrize(
    ("text", "value"),
    [("9", 9), ("KILL", 9), ("sigterm", 15), ("SIGRTMIN", 34), ("RTMIN+3", 37), ("rtmax-1", 63), ("64", 64)],
)
def test_forms(text: str, value: int) -> None:
    assert signals.number(text) == value


@pytest.mark.parametrize("text", ["FOO", "0", "", "-0", "-", "RTMIN+99", "SIGSIGKILL", "٣"])
def test_unknown_ones_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="invalid signal"):
        signals.number(text)


def test_numbers_beyond_linux() -> None:
    with pytest.raises(Invalid, match="the linux daemon does not support signal -9"):
        signals.number("-9")
    with pytest.raises(Invalid, match="the linux daemon does not support signal 99"):
        signals.number("99")


def test_names_back() -> None:
    assert signals.name(15) == "SIGTERM"
    assert signals.name(6) == "SIGABRT"
    assert signals.name(37) == "SIGRTMIN+3"


def test_a_stop_signal_may_be_any_number() -> None:
    assert [signals.to_stop(text) for text in ("99", "33", "-1", "15", "INT", "64")] == [9, 9, 9, 15, 2, 64]
    for text in ("0", "FOO", ""):
        with pytest.raises(Invalid, match="invalid signal"):
            signals.to_stop(text)
