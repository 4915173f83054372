from __future__ import annotations

import pytest

from hutch.cli.copying.counting import Count, human


def test_nothing_is_shown_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    count = Count("Copying", quiet=False)
    assert list(count.passing([b"ab", b"c"])) == [b"ab", b"c"] and count.size == 3
    count.done("x")
    assert capsys.readouterr() == ("", "")


def test_sizes() -> None:
    assert [human(n) for n in (2048, 2_120_000, 5)] == ["2.05kB", "2.12MB", "5B"]
