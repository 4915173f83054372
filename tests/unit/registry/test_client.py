from __future__ import annotations

from collections.abc import Callable

import pytest

from hutch.model.errors import Forbidden, NotFound, System, Unauthorized
from hutch.registry import manifests
from hutch.registry.auth import Credentials
from hutch.registry.client import Busy, Registry, connect, described, first, missing
from hutch.registry.endpoint import Endpoint
from hutch.registry.rules import Rule
from hutch.registry.settings import Settings
from hutch.registry.transport import Transport, Unreachable
from support.registry import FakeRegistry

Plain = Callable[..., Registry]


def test_busy_servers_are_asked_again(fake: FakeRegistry, plain: Plain) -> None:
    fake.refusals = [(429, "3"), (503, "")]
    waited: list[float] = []
    assert plain().patient("GET", "", (), sleep=waited.append).whole(9) == b"{}"
    assert waited[0] == 3.0 and len(waited) == 2
    fake.refusals = [(429, "3")] * 4
    with pytest.raises(Busy, match="toomanyrequests: slow down"):
        plain().patient("GET", "", (), sleep=waited.append)


def test_one_answer_to_a_challenge_and_one_more(fake: FakeRegistry, plain: Plain) -> None:
    fake.user = ("me", "secret")
    with pytest.raises(Unauthorized, match=r'Get "http://.*": unauthorized'):
        plain(Credentials("me", "wrong")).send("GET", "", ())
    assert len(fake.log) == 2
    assert plain(Credentials("me", "secret")).send("GET", "", ()).whole(9) == b"{}"


def test_the_next_endpoint_is_asked(fake: FakeRegistry, plain: Plain) -> None:
    candidates = connect(Settings(), fake.host, Credentials())
    assert first(candidates, lambda r, n: r.patient("GET", "", (), attempts=n).whole(9)) == b"{}"
    for candidate in candidates:
        candidate.close()
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1/v2/"):
        first(connect(Settings(), "127.0.0.1:1", Credentials()), lambda r, n: r.patient("GET", "", (), attempts=n))


def test_what_mirrors_said_is_told_when_nobody_serves(fake: FakeRegistry) -> None:
    rule = Rule("localhost:1", (f"{fake.host}/copies",))
    candidates = connect(Settings(registries=(rule,)), "localhost:1", Credentials(), "a")
    with pytest.raises(Unreachable, match="localhost:1") as caught:
        first(candidates, lambda r, n: manifests.get(r, "a", "1", attempts=n))
    assert caught.value.hint.startswith(f"mirror http://{fake.host}: manifest not found: manifest unknown")
    for candidate in candidates:
        candidate.close()


def test_redirects(fake: FakeRegistry, plain: Plain) -> None:
    fake.redirect = f"http://{fake.host}"
    content = fake.blob(b"x")
    with pytest.raises(System, match="stopped after 10 redirects"):
        plain().send("GET", f"a/blobs/{content}", ())


def test_no_way_down_to_plain_http() -> None:
    secure = Registry(Transport(Settings()), Endpoint("https", "a.b"), Credentials())
    with pytest.raises(Forbidden, match="refusing a redirect from https"):
        secure.send("GET", "http://c.d/x", ())


@pytest.mark.parametrize(
    "host", ["127.0.0.1:80", "[::1]", "169.254.169.254", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]",
             "0.0.0.0", "localhost", "x.localhost", "[fe80::1]"],
)  # fmt: skip
def test_no_way_to_this_machine(host: str) -> None:
    """CVE-2020-15157's class: nobody but a registry of this machine sends us to services of this machine."""
    far = Registry(Transport(Settings()), Endpoint("https", "a.b"), Credentials())
    with pytest.raises(Forbidden, match="an address of this machine or of its link"):
        far.send("GET", f"https://{host}/x", ())


def test_where_paths_lead() -> None:
    registry = Registry(Transport(Settings()), Endpoint("https", "a.b", "/base"), Credentials())
    assert registry.locate("x/tags/list") == "https://a.b/base/v2/x/tags/list"
    assert registry.locate("/v2/up?x=1") == "https://a.b/v2/up?x=1"
    assert registry.locate("https://c.d/e") == "https://c.d/e"


def test_words(fake: FakeRegistry, plain: Plain) -> None:
    body = b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
    assert described(404, body) == "manifest unknown: manifest unknown"
    assert described(500, b"<html>") == "received unexpected HTTP status: 500"
    with pytest.raises(NotFound, match="thing not found: manifest unknown"):
        missing(plain().send("GET", "a/manifests/1", ()), "thing")
