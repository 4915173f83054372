"""Kinds cross process borders as words; messages are what a person reads."""

from __future__ import annotations

import pytest

from hutch.model import errors

KINDS = [
    errors.Invalid,
    errors.Unauthorized,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.NotModified,
    errors.Unsupported,
    errors.Unavailable,
    errors.System,
]


@pytest.mark.parametrize("cls", KINDS)
def test_a_kind_survives_the_way_over_a_process_border(cls: type[errors.HutchError]) -> None:
    sent = cls("no such thing: x")
    back = errors.from_kind(sent.kind, str(sent))
    assert type(back) is cls
    assert str(back) == "no such thing: x"


def test_kinds_are_told_apart() -> None:
    kinds = [cls.kind for cls in (*KINDS, errors.StartFailed)]
    assert len(set(kinds)) == len(kinds)


def test_an_unknown_kind_is_an_error_of_the_system() -> None:
    assert type(errors.from_kind("from-the-future", "text")) is errors.System


def test_the_hint_follows_the_message() -> None:
    error = errors.NotFound("no such image: x", hint="load it first")
    assert str(error) == "no such image: x: load it first"
    assert error.message == "no such image: x"


def test_a_failed_start_carries_the_exit_code_of_the_command() -> None:
    error = errors.StartFailed("exec: not found", exit_code=127)
    assert error.exit_code == 127
    assert isinstance(error, errors.System)
    assert errors.StartFailed("no cgroup").exit_code == 125
