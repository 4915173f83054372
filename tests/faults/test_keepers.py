"""Keepers and launchers are killed, or fail, at every named point of theirs; the daemon, which lives, puts it right."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from faults.house import House
from faults.points import points
from faults.test_kill_matrix import whole
from faults.verbs import NAME, VERBS, tidy
from support.space import until

pytestmark = pytest.mark.faults
FOREIGN = ("keeper.created", "keeper.recorded")
"""Only passed with a program as the runtime: with ours the maker does that."""
POINTS = [point for point in points() if point.startswith(("keeper.", "launcher.")) and point not in FOREIGN]


@contextlib.contextmanager
def _launcher_of(house: House, fail: str) -> Iterator[None]:
    """The next launcher, and with it every keeper made, has these failpoints; the bystander's keeper has none."""
    house.armed(fail)
    _end_launcher(house)
    yield
    house.armed("")
    _end_launcher(house)
    house.run("another", "true")  # now it is needed
    house.remove("another")
    assert until(lambda: len(house.parked()[0]) >= 2)


def _end_launcher(house: House) -> None:
    with contextlib.suppress(OSError):  # it has died at its point
        os.kill(house.launcher(), signal.SIGKILL)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("action", ["kill", "error"])
def test_point(house: House, point: str, action: str) -> None:
    VERBS["start"].before(house)
    with _launcher_of(house, f"{point}={action}"):
        with contextlib.suppress(AssertionError):
            VERBS["start"].act(house)
        house.must("POST", f"/containers/{NAME}/stop?t=0", None, 304)
        assert until(lambda: house.state(NAME)["Status"] in ("created", "exited")), house.state(NAME)
        whole(house)
        house.bystander_lives()
    VERBS["start"].act(house)
    tidy(house)
    house.clean()
