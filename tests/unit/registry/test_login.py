from __future__ import annotations

import pytest

from hutch.model.errors import Invalid, Unauthorized, Unavailable
from hutch.registry.auth import Credentials
from hutch.registry.login import login, server
from hutch.registry.settings import Settings
from support.registry import FakeRegistry


def test_servers() -> None:
    assert server("https://index.docker.io/v1/") == server("") == "docker.io"
    assert server("https://a.b:5000/v2/") == server("a.b:5000") == "a.b:5000"
    with pytest.raises(Invalid):
        server("https://user@a.b")


def test_login(fake: FakeRegistry) -> None:
    fake.user = ("me", "secret")
    assert login(Settings(), Credentials("me", "secret"), fake.host) == ""
    with pytest.raises(Unauthorized, match=r"login attempt to http://.*/v2/ failed with status: 401 Unauthorized"):
        login(Settings(), Credentials("me", "wrong"), fake.host)
    fake.token_life = 60
    assert login(Settings(), Credentials("me", "secret"), fake.host) == ""
    assert "offline_token=true" in fake.requests("/token")[-1][1]
    with pytest.raises(Unauthorized, match="incorrect username or password"):
        login(Settings(), Credentials("me", "wrong"), fake.host)
    with pytest.raises(Unavailable):
        login(Settings(), Credentials("me", "secret"), "127.0.0.1:1")
