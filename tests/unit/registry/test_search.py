from __future__ import annotations

import pytest

from hutch.model.errors import Invalid, System
from hutch.registry.auth import Credentials
from hutch.registry.search import search
from hutch.registry.settings import Settings
from support.registry import FakeRegistry


def test_search(fake: FakeRegistry) -> None:
    fake.found = [{"name": "a", "star_count": 3, "is_official": True, "more": 1}]
    assert search(Settings(), f"{fake.host}/a b", 5, Credentials()) == [
        {"name": "a", "star_count": 3, "is_official": True, "is_automated": False, "description": ""}
    ]
    assert fake.log[-1][1] == "/v1/search?q=a%20b&n=5"


def test_what_cannot_be_searched(fake: FakeRegistry) -> None:
    with pytest.raises(System, match=r"^Unexpected status code 404: registry 127"):
        search(Settings(), f"{fake.host}/a", 5, Credentials())
    with pytest.raises(Invalid, match=r"limit 101 is outside the range of \[1, 100\]"):
        search(Settings(), "a", 101, Credentials())
    with pytest.raises(Invalid):
        search(Settings(), "https://a", 1, Credentials())
