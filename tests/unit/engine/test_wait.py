"""Conditions of wait."""

from __future__ import annotations

import asyncio

import pytest

from hutch.engine import states, wait
from hutch.engine.container import Container
from hutch.model.errors import Invalid, System
from unit.engine.make import record, running


def test_conditions() -> None:
    async def run() -> None:
        container = Container(states.exited(running(), 3, False, 9))
        assert await wait.answer(wait.begin(container, "")) == {"StatusCode": 3}
        next_exit, removed = wait.begin(container, "next-exit"), wait.begin(container, "removed")
        assert not next_exit.done()
        container.record = states.exited(states.started(container.record, 1, 10), 5, False, 11)
        container.tell_exit()
        assert await wait.answer(next_exit) == {"StatusCode": 5}
        assert not removed.done()
        container.tell_not_removed(System("stuck"))
        assert await wait.answer(removed) == {"Error": {"Message": "stuck"}, "StatusCode": 125}
        with pytest.raises(Invalid, match='invalid condition: "foo"'):
            wait.begin(container, "foo")

    asyncio.run(run())


def test_the_headers_go_first() -> None:
    async def run() -> None:
        container = Container(record())
        answers = wait.ready(wait.begin(container, "next-exit"))
        assert await anext(answers) == {}
        container.tell_removed()
        assert await anext(answers) == {"StatusCode": 0}

    asyncio.run(run())
