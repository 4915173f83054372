"""``top``: the arguments for ps and the choice of lines."""

from __future__ import annotations

import pytest

from hutch.engine.top import arguments, select
from hutch.model.errors import HutchError

OUTPUT = "UID   PID  PPID CMD\nroot    1     0 init\nroot   42     1 sleep 1000 x\nwww    43     1 nginx\n"


def test_only_the_containers_processes() -> None:
    assert select(OUTPUT, {42, 43}) == {
        "Titles": ["UID", "PID", "PPID", "CMD"],
        "Processes": [["root", "42", "1", "sleep 1000 x"], ["www", "43", "1", "nginx"]],
    }


def test_without_a_pid_column() -> None:
    with pytest.raises(HutchError, match=r"^Couldn't find PID field in ps output$"):
        select("CMD\nsleep\n", {1})


def test_arguments() -> None:
    assert arguments("") == ["-ef"]
    assert arguments("-o pid,comm") == ["-o", "pid,comm"]
    with pytest.raises(HutchError):
        arguments("-o 'pid=x'")
    with pytest.raises(HutchError):
        arguments("'")
