from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from hutch.images.gc import Candidate, Keeper, Mark, Policy, Space, candidates, plan, policy
from hutch.images.store import Store
from hutch.model.errors import Invalid

HOUR = 3_600_000_000_000
OLD = 1_000 * HOUR


def nobody(_: str) -> list[tuple[str, bool]]:
    return []


def test_settings() -> None:
    assert policy({}) == Policy(Mark(80.0), Mark(70.0), None)
    assert policy({"start": "off"}).start is None
    assert policy({"start": "40%"}) == Policy(Mark(40.0), Mark(35.0), None)
    assert policy({"start": "8GB", "stop": "1GB", "unused": "336h"}) == Policy(
        Mark(size=8_000_000_000), Mark(size=1_000_000_000), 336 * HOUR
    )  # fmt: skip
    for wrong in (
        {"begin": "1%"}, {"start": "x"}, {"start": "0%"}, {"start": "101%"}, {"start": "50%", "stop": "60%"},
        {"start": "50%", "stop": "1GB"}, {"unused": "long"},
    ):  # fmt: skip
        with pytest.raises(Invalid, match="gc: "):
            policy(wrong)


def test_marks() -> None:
    space = Space(total=1000, used=900, images=300)
    assert (Mark(80.0).over(space), Mark(95.0).over(space)) == (100, -50)
    assert (Mark(size=250).over(space), Mark(size=400).over(space)) == (50, -100)


def age(store: Store, identifier: str, *, tagged: int | None = None) -> None:
    store.db.execute("UPDATE images SET used_at = ? WHERE id = ?", (OLD, identifier))
    if tagged is not None:
        store.db.execute("UPDATE images SET tagged_at = ? WHERE id = ?", (tagged, identifier))


def test_who_may_go(store: Store, image: Callable[..., str]) -> None:
    young, named, used, parent, dangling = (image(store, n) for n in range(5))
    store.tag(named, "docker.io/library/a", "1")
    image(store, 9, "child", parent=parent)
    pinned = image(store, 6)
    store.pin(pinned, "docker.io/library/p", "sha256:" + "0" * 64)
    moved = image(store, 7)
    store.pin(moved, "docker.io/library/m", "sha256:" + "1" * 64)
    for identifier in (named, used, parent, dangling, pinned):
        age(store, identifier, tagged=0)
    age(store, moved, tagged=OLD - HOUR)
    busy: Any = lambda identifier: [("c", False)] if identifier == used else []  # noqa: E731
    found = candidates(store, busy, Policy(), OLD + HOUR)
    assert {one.id: one.why for one in found} == {dangling: "dangling", moved: "dangling"} and young
    found = candidates(store, busy, Policy(unused=HOUR), OLD + HOUR)
    assert [one.why for one in found] == ["dangling"] * 2 + ["not used for About an hour"] * 2
    assert {one.id for one in found} == {dangling, moved, named, pinned}


def test_a_name_made_again_and_again(store: Store, image: Callable[..., str]) -> None:
    """An image whose name a newer one has may go at once, unless somebody has just asked for it."""
    first, second, third = (image(store, n) for n in range(3))
    for identifier in (first, second, third):
        store.tag(identifier, "docker.io/library/a", "1")
    now = time.time_ns()
    assert {one.id for one in candidates(store, nobody, Policy(), now)} == {first, second}
    store.db.execute("UPDATE images SET used_at = ? WHERE id = ?", (now, first))
    assert [one.id for one in candidates(store, nobody, Policy(), now)] == [second]
    assert {one.id for one in candidates(store, nobody, Policy(), now + 6_000_000_000)} == {first, second}


def test_room_is_made_of_dangling_images_alone(store: Store, image: Callable[..., str], tmp_path: Any) -> None:
    dangling, kept = image(store, 1), image(store, 2)
    for identifier in (dangling, kept):
        store.tag(identifier, "docker.io/library/a", "1")
    store.db.execute("UPDATE images SET used_at = 1, tagged_at = 1")
    chain = "sha256:" + "2" * 64
    store.db.execute("INSERT INTO layers VALUES (?, NULL, ?, ?, '', 0, 0, 5)", (chain, chain, chain))
    store.db.execute("UPDATE images SET top = ?", (chain,))
    Keeper(store, str(tmp_path), Policy(Mark(size=6), Mark(size=1), unused=HOUR), nobody).relieve()
    assert store.image(dangling) is not None, "the mark is not reached"
    keeper = Keeper(store, str(tmp_path), Policy(Mark(size=1), Mark(size=1), unused=HOUR), nobody)
    keeper.relieve()
    assert store.image(dangling) is None and store.image(kept) is not None
    assert [row["Id"] for row in keeper.look(dry=True)["Removed"]] == [kept]


def test_layers_that_others_have_free_nothing() -> None:
    one, two = (Candidate(name, (), "", 0, ("base", name)) for name in ("one", "two"))
    sizes = {"base": 100, "one": 10, "two": 20}
    steps = plan([one, two], {"base": 2, "one": 1, "two": 1}, sizes, 1000)
    assert [(step.candidate.id, step.size) for step in steps] == [("one", 10), ("two", 120)]
    assert [step.size for step in plan([one, two], {"base": 3, "one": 1, "two": 1}, sizes, 10)] == [10]


def test_the_disk_is_looked_at(store: Store, image: Callable[..., str], tmp_path: Any) -> None:
    full, gone = Mark(size=1), []
    dangling, kept = image(store, 1), image(store, 2, "kept")
    store.db.execute("UPDATE images SET used_at = 1, tagged_at = 0 WHERE id = ?", (dangling,))
    keeper = Keeper(store, str(tmp_path), Policy(full, full), nobody, gone.append)
    assert keeper.look(forced=True)["Removed"] == [] and not keeper.look()["Due"]
    chain = "sha256:" + "2" * 64
    store.db.execute("INSERT INTO layers VALUES (?, NULL, ?, ?, '', 0, 0, 5)", (chain, chain, chain))
    store.db.execute("UPDATE images SET top = ? WHERE id = ?", (chain, dangling))
    (told,) = keeper.look(dry=True)["Removed"]
    assert told == {"Id": dangling, "Names": [], "Why": "dangling", "Size": 5} and store.image(dangling)
    assert keeper.look()["Removed"] == [told] and gone == [dangling] and store.image(dangling) is None
    before = time.time_ns()
    keeper.used(kept)
    keeper.close()
    record = store.image(kept)
    assert record is not None and record.used_at >= before
