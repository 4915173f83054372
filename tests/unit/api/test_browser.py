from __future__ import annotations

import pytest

from hutch.api import browser
from hutch.model.errors import Forbidden


@pytest.mark.parametrize(
    "host", ["127.0.0.1:2375", "[::1]:2375", "localhost", "docker:2375", "Engine.Example:2375", "192.168.0.2", ""]
)
def test_addresses_and_own_names_are_answered(host: str) -> None:
    browser.check({"host": host}, {"engine.example"})


@pytest.mark.parametrize("host", ["evil.example:2375", "evil.example.", "127.0.0.1.evil.example", "1.2.3.evil"])
def test_rebound_names_are_refused(host: str) -> None:
    with pytest.raises(Forbidden):
        browser.check({"host": host}, {"engine.example"})


@pytest.mark.parametrize("field", ["origin", "sec-fetch-site", "sec-fetch-mode"])
def test_pages_are_refused_whatever_the_host(field: str) -> None:
    with pytest.raises(Forbidden):
        browser.check({"host": "127.0.0.1", field: "x"}, set())
