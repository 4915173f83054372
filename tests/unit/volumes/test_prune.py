from __future__ import annotations

import pytest

from hutch.model.errors import Invalid
from hutch.volumes.options import ANONYMOUS
from hutch.volumes.prune import chosen
from hutch.volumes.store import Record

UNNAMED = Record("a" * 64, "", {ANONYMOUS: ""})
NAMED = Record("named", "", {"k": "v"})
USED = Record("b" * 64, "", {ANONYMOUS: ""})


def test_named_ones_only_if_asked() -> None:
    records = [UNNAMED, NAMED, USED]
    assert chosen(records, {USED.name}, {}) == [UNNAMED]
    assert chosen(records, {USED.name}, {"all": ["true"]}) == [UNNAMED, NAMED]
    assert chosen(records, [], {"all": ["1"], "label": ["k=v"]}) == [NAMED]
    assert chosen(records, [], {"all": ["1"], "label!": ["k"]}) == [UNNAMED, USED]


def test_filters_that_are_none() -> None:
    with pytest.raises(Invalid, match="until"):
        chosen([], [], {"until": ["1h"]})
