from __future__ import annotations

import base64
from pathlib import Path

import pytest

from hutch.model.errors import Invalid, System, Unauthorized
from hutch.registry.auth import Authorizer, Challenge, Credentials, challenges
from hutch.registry.endpoint import Endpoint
from hutch.registry.rules import Rule
from hutch.registry.settings import Settings
from hutch.registry.transport import Transport
from support.registry import FakeRegistry

ME = Credentials("me", "secret")


def test_challenges() -> None:
    header = 'Bearer realm="https://a/t?x=1",service="s, t",scope="repository:a:pull,push", Basic realm="q\\"r"'
    assert challenges(header) == [
        Challenge("bearer", {"realm": "https://a/t?x=1", "service": "s, t", "scope": "repository:a:pull,push"}),
        Challenge("basic", {"realm": 'q"r'}),
    ]
    assert challenges("") == [] and challenges("Negotiate") == [Challenge("negotiate", {})]


def test_credentials() -> None:
    packed = base64.b64encode(b"me:se:cret").decode()
    assert Credentials.of({"auth": packed}) == Credentials("me", "se:cret")
    assert Credentials.of({"username": 3, "identitytoken": "t"}) == Credentials(identity_token="t")
    assert Credentials.of(None) == Credentials.of({"auth": "?"}) == Credentials()


def test_basic() -> None:
    transport = Transport(Settings())
    own = Authorizer(transport, Endpoint("https", "a"), ME)
    assert own.header([]) == ""
    assert own.answer('Basic realm="x"', []) == ME.basic == own.header([])
    with pytest.raises(Unauthorized, match="authentication required"):
        own.answer("Basic", [], refused=ME.basic)
    with pytest.raises(Unauthorized, match="no basic auth credentials"):
        Authorizer(transport, Endpoint("https", "a", mirror=True), ME).answer("Basic", [])


def test_a_mirror_is_shown_the_engine_s_own_credentials(tmp_path: Path) -> None:
    (tmp_path / "p").touch(0o600)
    (tmp_path / "p").write_text("theirs\n")
    rule = Rule("m.x:5000", username="engine", password_file=str(tmp_path / "p"))
    transport = Transport(Settings(registries=(rule,)))
    theirs = Credentials("engine", "theirs")
    assert Authorizer(transport, Endpoint("https", "m.x:5000", mirror=True), ME).answer("Basic", []) == theirs.basic
    assert Authorizer(transport, Endpoint("https", "m.x:5000"), ME).answer("Basic", []) == ME.basic
    with pytest.raises(Unauthorized, match="no basic auth credentials"):
        Authorizer(transport, Endpoint("https", "n.x", mirror=True), ME).answer("Basic", [])
    (tmp_path / "p").unlink()
    with pytest.raises(System, match="No such file"):
        Authorizer(transport, Endpoint("https", "m.x:5000", mirror=True), ME).answer("Basic", [])


def test_registry_token() -> None:
    own = Authorizer(Transport(Settings()), Endpoint("https", "a"), Credentials(registry_token="t"))
    assert own.header(["s"]) == "Bearer t"
    with pytest.raises(Unauthorized):
        own.answer("Bearer", ["s"])


def test_tokens(fake: FakeRegistry, transport: Transport) -> None:
    fake.user, fake.token_life = ("me", "secret"), 60
    own = Authorizer(transport, Endpoint("http", fake.host), ME)
    header = f'Bearer realm="http://{fake.host}/token",service="s"'
    first = own.answer(header, ["repository:a:pull"])
    assert first.startswith("Bearer ") and own.header(["repository:a:pull"]) == first
    assert own.header(["repository:b:pull"]) == ""
    assert own.answer(header, ["repository:a:pull"], refused=first) != first
    assert "scope=repository%3Aa%3Apull&account=me" in fake.log[0][1]
    with pytest.raises(Unauthorized, match="incorrect username or password"):
        Authorizer(transport, Endpoint("http", fake.host), Credentials("me", "no")).answer(header, [])


def test_no_password_in_plain_http() -> None:
    own = Authorizer(Transport(Settings()), Endpoint("https", "a.b"), ME)
    for realm in ("http://c.d/token", "ftp://c.d/token", ""):
        with pytest.raises(Invalid):
            own.answer(f'Bearer realm="{realm}"', [])
