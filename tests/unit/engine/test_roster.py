"""References to containers, and names that are taken."""

from __future__ import annotations

import asyncio

import pytest

from hutch.engine.container import Container
from hutch.engine.roster import Roster
from hutch.model.errors import Conflict, Invalid, NotFound
from unit.engine.make import record


def roster(*records: tuple[str, str]) -> Roster:
    out = Roster()
    for name, identity in records:
        out.reserve(name, identity)
        out.add(Container(record(id=identity, name=name)))
    return out


ONE, TWO = "abc1" + "0" * 60, "abc2" + "0" * 60


def test_by_id_name_and_prefix() -> None:
    async def run() -> None:
        all_ = roster(("web", ONE), ("abc1", TWO))
        assert all_.find(ONE).id == ONE
        assert all_.find("web").id == all_.find("/web").id == ONE
        assert all_.find("abc1").id == TWO, "a name goes before the beginning of an id"
        assert all_.find("abc10").id == ONE
        with pytest.raises(Invalid, match="multiple IDs found with provided prefix: abc"):
            all_.find("abc")
        with pytest.raises(Invalid, match=r'^invalid name or ID supplied: ""$'):
            all_.find("")
        for ref in ("nope", "abc3", "/"):
            with pytest.raises(NotFound, match=f"^No such container: {ref}$"):
                all_.find(ref)

    asyncio.run(run())


def test_names_are_unique() -> None:
    all_ = Roster()
    all_.reserve("web", ONE)
    with pytest.raises(Conflict) as caught:
        all_.reserve("web", TWO)
    assert caught.value.message == (
        f'Conflict. The container name "/web" is already in use by container "{ONE}". '
        "You have to remove (or rename) that container to be able to reuse that name."
    )
    all_.release("web", TWO)
    with pytest.raises(Conflict):
        all_.reserve("web", TWO)
    all_.release("web", ONE)
    all_.reserve("web", TWO)


def test_what_is_gone_is_gone_at_once() -> None:
    async def run() -> None:
        all_ = roster(("web", ONE))
        all_.discard(all_.find("web"))
        assert len(all_) == 0
        for ref in ("web", ONE, "abc1"):
            with pytest.raises(NotFound):
                all_.find(ref)
        all_.reserve("web", TWO)

    asyncio.run(run())
