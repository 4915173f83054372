"""The daemon is killed, or gets an error, at every named point of every verb; the next one must put it right.

After each: the daemon comes up in time (I1), every object is whole or absent and nothing is left behind (I2, I3), the
same command works again (I4), another container never noticed (I5), and one that ended meanwhile is told of correctly
(I6).
"""

from __future__ import annotations

import contextlib

import pytest

from faults.house import GONE, House
from faults.points import points
from faults.verbs import NAME, VERBS, tidy
from support.space import until

pytestmark = pytest.mark.faults
ALL = points()
ELSEWHERE = ("recover.", "keeper.", "launcher.", "images.pack.")
"""Points of tests of their own."""
CASES = [(verb, point) for verb, it in VERBS.items() for point in ALL if point.startswith(it.points)]
HARMLESS = ("exit.seen",)
"""Nothing is done there that could fail."""


def test_every_point_has_a_verb() -> None:
    covered = {point for _, point in CASES}
    assert {point for point in ALL if not point.startswith(ELSEWHERE)} == covered


LASTING = ("created", "running", "exited", None)
"""States that last; None: ``--rm`` was on its way."""


def whole(house: House) -> None:
    """Everything that is listed can be looked at, and is in a state that lasts."""
    for container in house.must("GET", "/containers/json?all=1"):
        name = container["Id"]
        assert until(lambda name=name: house.state(name).get("Status") in LASTING), house.state(name)
    for image in house.must("GET", "/images/json"):
        house.must("GET", f"/images/{image['Id']}/json")
        assert house.api("GET", f"/images/{image['Id']}/get", timeout=30)[0] == 200
    assert until(lambda: _volumes_are_there(house)), house.must("GET", "/volumes")


def _volumes_are_there(house: House) -> bool:
    """Whether each that is listed can be looked at; one that its ``--rm`` container takes along just now is not listed
    the next time."""
    listed = house.must("GET", "/volumes")["Volumes"]
    return all(house.must("GET", f"/volumes/{volume['Name']}", None, 404).get("Name") for volume in listed)


@pytest.mark.parametrize(("verb", "point"), CASES)
def test_killed(house: House, verb: str, point: str) -> None:
    before, act, _ = VERBS[verb]
    before(house)
    with house.leaver():
        house.armed(f"{point}=kill")
        with contextlib.suppress(*GONE):
            act(house)
        assert house.died(), f"{verb} does not pass {point}"
        house.leave()
        house.come_back()
        whole(house)
    house.bystander_lives()
    if verb in ("exec", "stop", "kill") and not house.state(NAME):
        before(house)
    act(house)
    tidy(house)
    house.clean()


@pytest.mark.parametrize(("verb", "point"), [case for case in CASES if case[1] not in HARMLESS])
def test_error(house: House, verb: str, point: str) -> None:
    before, act, _ = VERBS[verb]
    before(house)
    house.armed(f"{point}=error")
    with contextlib.suppress(AssertionError):
        act(house)
    whole(house)
    act(house)
    tidy(house)
    house.clean()


@pytest.mark.parametrize(
    ("verb", "point"),
    [
        ("create", "create.recorded"),
        ("start", "start.connected"),
        ("exec", "exec.started"),
        ("stop", "stop.ended"),
        ("rm -f", "remove.recorded"),
    ],
)
def test_killed_twice_in_recovery(house: House, verb: str, point: str) -> None:
    before, act, _ = VERBS[verb]
    before(house)
    with house.leaver():
        house.armed(f"{point}=kill")
        with contextlib.suppress(*GONE):
            act(house)
        assert house.died()
        house.leave()
        for again in [each for each in ALL if each.startswith("recover.")]:
            for _ in range(2):
                with pytest.raises(AssertionError, match=r"daemon (ended|does not answer)"):
                    house.start(HUTCH_FAIL=f"{again}=kill")
        house.come_back()
        whole(house)
    house.bystander_lives()
    if verb in ("exec", "stop") and not house.state(NAME):
        before(house)
    act(house)
    tidy(house)
    assert until(lambda: house.state(NAME) == {})
    house.clean()
