"""One daemon for all tests here, killed and started again and again over the same folders and namespaces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.house import House


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The daemon with a bystander: a healthy container that must never notice anything."""
    one = House()
    try:
        one.open()
        yield one
    finally:
        one.close()


@pytest.fixture(autouse=True)
def _in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a failed test leaves must not fail the next one."""
    yield
    if "house" in request.fixturenames:
        request.getfixturevalue("house").settle()
