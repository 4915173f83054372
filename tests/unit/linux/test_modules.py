from __future__ import annotations

from hutch.linux import modules


def test_a_module_that_there_is_not() -> None:
    assert modules.load("hutch-has-no-such-module") is False
