from __future__ import annotations

import pytest

from hutch.registry.auth import Credentials
from hutch.registry.client import Registry
from hutch.registry.endpoint import Endpoint
from hutch.registry.ping import answering
from hutch.registry.transport import Transport, Unreachable
from support.registry import FakeRegistry


def test_who_asks_for_credentials_answers(fake: FakeRegistry, registry: Registry) -> None:
    fake.user = ("me", "secret")
    assert answering(registry, 1) is registry


def test_nobody(transport: Transport) -> None:
    with pytest.raises(Unreachable):
        answering(Registry(transport, Endpoint("http", "127.0.0.1:1"), Credentials()), 1)
