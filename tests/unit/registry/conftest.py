from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hutch.registry.auth import Credentials
from hutch.registry.client import Registry
from hutch.registry.endpoint import Endpoint
from hutch.registry.settings import Settings
from hutch.registry.transport import Transport
from support.registry import FakeRegistry


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    made = FakeRegistry()
    yield made
    made.close()


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(Settings())
    yield made
    made.close()


@pytest.fixture
def plain(fake: FakeRegistry, transport: Transport) -> Callable[..., Registry]:
    """A client of ``fake``."""

    def make(credentials: Credentials | None = None) -> Registry:
        return Registry(transport, Endpoint("http", fake.host), credentials or Credentials())

    return make


@pytest.fixture
def registry(plain: Callable[..., Registry]) -> Registry:
    return plain()
