"""Which containers prune takes."""

from __future__ import annotations

import pytest

from hutch.engine import prune, states
from hutch.model.container import Config
from hutch.model.errors import Invalid
from unit.engine.make import record, running


def test_what_does_not_run_goes() -> None:
    assert prune.chosen(record(), {}, 0)
    assert prune.chosen(states.exited(running(), 0, False, 1), {}, 0)
    assert not prune.chosen(running(), {}, 0)
    assert not prune.chosen(states.removing(record()), {}, 0)


def test_filters() -> None:
    labelled = record(config=Config(labels={"keep": "1"}))
    assert not prune.chosen(labelled, {"label!": ["keep"]}, 0)
    assert prune.chosen(labelled, {"label": ["keep=1"]}, 0)
    assert prune.chosen(record(1), {}, 2_000_000_000)
    assert not prune.chosen(record(3), {}, 2_000_000_000)
    with pytest.raises(Invalid):
        prune.moment({"until": ["1h", "2h"]})
