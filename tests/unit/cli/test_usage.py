"""Help."""

from __future__ import annotations

from hutch.cli.usage import argument_error, flag_rows, nearest


def test_flags_in_two_columns() -> None:
    rows = flag_rows("zeta,z string=x last\nalpha bool first\nno !bool refused\nold ~bool hidden").splitlines()
    assert rows == ["      --alpha         First", '  -z, --zeta string   Last (default "x")']


def test_nearest() -> None:
    assert nearest("sotp", ["stop", "start", "ps"]) == ["stop"]


def test_argument_rules() -> None:
    assert argument_error("x", 1, None).message == "hutch: 'hutch x' requires at least 1 argument"
    assert argument_error("x", 0, 0).message == "hutch: 'hutch x' accepts no arguments"
    assert argument_error("x", 1, 2).message == "hutch: 'hutch x' requires at least 1 and at most 2 arguments"
