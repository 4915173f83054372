from __future__ import annotations

from collections.abc import Iterator

import pytest

from hutch.model.errors import System
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.launcher.pool import Pool
from hutch.runtime.stages.channel import Channel, Closed, pair


class Bench:
    """Keepers that say they have parked as soon as they are forked; the ends that they hold are in ``keepers``."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.keepers: dict[str, Channel] = {}
        self.announced: list[str] = []
        self.lost: list[tuple[str, str]] = []
        self.broken = False
        self.short: Exception | None = None
        lost = self.lost
        self.pool = Pool(self.loop, self._fork, self._announce, lambda *one: lost.append(one), idle=0.3, young=0.2)

    def _fork(self, parked: tuple[str, str] | None) -> tuple[int, Channel]:
        assert parked is not None
        if self.short is not None:
            raise self.short
        ours, theirs = pair()
        name, cgroup = parked
        assert cgroup.endswith("/" + name)
        self.keepers[name] = theirs
        if self.broken:
            theirs.close()
        else:
            theirs.send({"event": "parked"})
        return 1000 + len(self.keepers), ours

    def _announce(self, name: str, there: bool) -> None:
        if there:
            self.announced.append(name)
        else:
            self.announced.remove(name)

    def turn(self, seconds: float = 0.1) -> None:
        self.loop.after(seconds, self.loop.stop)
        self.loop.run()

    def given_up(self, name: str) -> bool:
        self.keepers[name].sock.setblocking(False)
        try:
            self.keepers[name].receive()
        except Closed:
            return True
        except BlockingIOError:
            return False
        return False


@pytest.fixture
def bench() -> Iterator[Bench]:
    it = Bench()
    yield it
    it.pool.keep(0, "/p")
    for name in list(it.keepers):
        it.pool.discard(name)
        it.keepers[name].close()
    it.turn(0.01)
    it.loop.close()


def test_it_fills_up_and_announces(bench: Bench) -> None:
    bench.pool.keep(3, "/p")
    assert bench.pool.free() == []
    bench.turn()
    assert sorted(bench.pool.free()) == sorted(bench.announced)
    assert len(bench.announced) == 3


def test_one_that_was_taken_is_replaced(bench: Bench) -> None:
    bench.pool.keep(2, "/p")
    bench.turn()
    name = bench.pool.free()[0]
    taken = bench.pool.take(name)
    assert taken is not None
    assert not bench.given_up(name)
    assert bench.pool.take(name) is None
    bench.turn()
    assert len(bench.pool.free()) == 2
    taken[1].close()


def test_the_oldest_claim_too_many_is_given_up(bench: Bench) -> None:
    bench.pool.keep(1, "/p")
    bench.turn()
    first = bench.pool.free()[0]
    assert bench.pool.claim(first)
    bench.turn()
    assert not bench.pool.free(), "the first is likely to be taken any moment"
    bench.turn(0.2)
    second = bench.pool.free()[0]
    assert not bench.given_up(first)
    assert bench.pool.claim(second)
    assert bench.given_up(first)
    assert not bench.given_up(second)
    assert not bench.pool.claim(first)


def test_a_burst_of_claims_gives_none_up_that_is_about_to_be_taken(bench: Bench) -> None:
    bench.pool.keep(2, "/p")
    bench.turn()
    claimed = []
    for _ in range(3):
        for name in bench.pool.free():
            assert bench.pool.claim(name)
            claimed.append(name)
        bench.turn(0.05)
    assert len(claimed) > 2
    assert not any(bench.given_up(name) for name in claimed)
    taken = bench.pool.take(claimed.pop(0))
    assert taken is not None
    taken[1].close()
    bench.turn(0.5)
    assert len(bench.pool.free()) == 2
    assert bench.pool.claimed() == claimed[-2:]


def test_what_follows_one_that_is_given_up_waits_for_its_end(bench: Bench) -> None:
    called: list[str] = []
    bench.pool.keep(1, "/p")
    bench.turn()
    name = bench.pool.free()[0]
    assert not bench.pool.after(name, lambda: called.append("at once"))
    bench.pool.claim(name)
    bench.pool.discard(name)
    assert bench.given_up(name)
    for word in ("one", "two"):
        assert bench.pool.after(name, lambda word=word: called.append(word))  # type: ignore[misc]
    bench.turn(0.02)
    assert called == []
    bench.keepers[name].close()
    bench.turn(0.02)
    assert called == ["one", "two"]
    assert not bench.pool.after(name, lambda: called.append("late"))


def test_one_that_is_given_up_while_it_parks_may_still_say_that_it_has(bench: Bench) -> None:
    called: list[str] = []
    bench.pool.keep(1, "/p")
    while not bench.keepers:
        bench.turn(0.001)
    name = next(iter(bench.keepers))
    bench.pool.discard(name)
    assert bench.pool.after(name, lambda: called.append("gone"))
    bench.turn(0.02)
    assert called == []
    bench.keepers[name].close()
    bench.turn(0.02)
    assert called == ["gone"]
    assert name not in bench.announced


def test_a_burst_doubles_them_until_it_is_quiet_again(bench: Bench) -> None:
    bench.pool.keep(3, "/p")
    bench.turn()
    for name in bench.pool.free():
        bench.pool.claim(name)
    bench.turn(0.25)
    assert len(bench.pool.free()) == 6
    assert not any(bench.given_up(name) for name in bench.pool.claimed())
    bench.turn(0.2)
    assert len(bench.pool.free()) == 3
    assert set(bench.pool.free()) | set(bench.pool.claimed()) == set(bench.announced)


def test_steady_work_does_not_find_it_empty(bench: Bench) -> None:
    bench.pool.keep(4, "/p")
    bench.turn(0.2)
    for _ in range(20):
        taken = bench.pool.take(bench.pool.free()[0])
        assert taken is not None
        taken[1].close()
        bench.turn(0.02)
    assert bench.pool.free()


def test_fewer_or_other_ones_are_wanted(bench: Bench) -> None:
    bench.pool.keep(3, "/p")
    bench.turn()
    bench.pool.keep(1, "/p")
    assert len(bench.pool.free()) == 1
    last = bench.pool.free()[0]
    bench.pool.keep(1, "/other")
    assert bench.given_up(last)
    bench.turn()
    assert len(bench.pool.free()) == 1


def test_a_dead_keeper_is_forgotten(bench: Bench) -> None:
    bench.pool.keep(1, "/p")
    bench.turn()
    name = bench.pool.free()[0]
    bench.keepers[name].close()
    bench.turn()
    assert name not in bench.pool.free()
    assert len(bench.pool.free()) == 1
    assert bench.lost == [(name, f"/p/{name}")]
    called: list[str] = []
    assert bench.pool.after(name, lambda: called.append("cleaned"))
    bench.pool.left(name)
    assert called == ["cleaned"]
    bench.pool.discard(bench.pool.free()[0])
    assert len(bench.lost) == 1  # one that is given up sees to its cgroup itself


def test_it_gives_up_when_parking_never_works(bench: Bench) -> None:
    bench.broken = True
    bench.pool.keep(2, "/p")
    bench.turn(1.0)
    assert bench.pool.free() == []
    assert 2 <= len(bench.keepers) <= 6


@pytest.mark.parametrize("short", [OSError(24, "Too many open files"), System("the template does not live")])
def test_what_cannot_be_forked_now_is_forked_after_the_next_request(bench: Bench, short: Exception) -> None:
    bench.short = short
    bench.pool.keep(2, "/p")
    bench.turn()
    assert bench.pool.free() == []
    bench.short = None
    bench.pool.later()
    bench.turn(0.2)
    assert len(bench.pool.free()) == 2
