import pytest

from hutch.model.errors import Invalid
from hutch.runtime.commands import ps

TEXT = "UID        PID  PPID CMD\nroot         1     0 init\nroot        12     1 sleep 12\nroot       112     1 x 1\n"


def test_only_the_containers_lines_are_kept() -> None:
    assert ps.select(TEXT, [12]).splitlines() == ["UID        PID  PPID CMD", "root        12     1 sleep 12"]


def test_a_listing_without_ids_is_refused() -> None:
    with pytest.raises(Invalid, match="PID"):
        ps.select("COMMAND\nx\n", [1])
