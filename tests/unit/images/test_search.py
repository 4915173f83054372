from __future__ import annotations

import pytest

from hutch.images.search import search
from hutch.model.errors import Invalid
from hutch.registry.settings import Settings
from support.registry import FakeRegistry


def test_filters(fake: FakeRegistry) -> None:
    fake.found = [{"name": "a", "star_count": 3, "is_official": True}, {"name": "b", "star_count": 9}]

    def names(**filters: list[str]) -> list[str]:
        given = {key.replace("_", "-"): value for key, value in filters.items()}
        return [row["name"] for row in search(Settings(), f"{fake.host}/x", 0, given, None)]

    assert names() == ["a", "b"]
    assert names(stars=["5"]) == ["b"]
    assert names(is_official=["true"]) == ["a"] and names(is_official=["false"]) == ["b"]
    for wrong in ({"stars": ["many"]}, {"colour": ["red"]}):
        with pytest.raises(Invalid):
            names(**wrong)
