from __future__ import annotations

import pytest

from hutch.model.errors import Invalid
from hutch.registry.rules import Rule
from hutch.registry.settings import (
    Settings,
    check,
    from_environment,
    is_insecure,
    proxy_for,
    rule_of,
    split_port,
    trusting,
)


@pytest.mark.parametrize(
    ("host", "parts"),
    [("a.b", ("a.b", "")), ("a:5000", ("a", "5000")), ("[::1]:5000", ("::1", "5000")), ("::1", ("::1", ""))],
)
def test_split_port(host: str, parts: tuple[str, str]) -> None:
    assert split_port(host) == parts


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1", "127.9.9.9:1", "[::1]:5000"])
def test_loopback_is_insecure(host: str) -> None:
    assert is_insecure(Settings(), host)


def test_insecure_registries() -> None:
    settings = Settings(insecure=("a.b:5000", "c.d", "10.0.0.0/8"))
    assert all(is_insecure(settings, host) for host in ("a.b:5000", "c.d:77", "c.d", "10.1.2.3:80"))
    assert not any(is_insecure(settings, host) for host in ("a.b", "x.c.d", "11.0.0.1", "localhost.evil.org"))


def test_single_insecure_registries() -> None:
    settings = Settings(registries=(Rule("a.b:5000", insecure=True), Rule("c.d")))
    assert is_insecure(settings, "a.b:5000") and not is_insecure(settings, "c.d")


def test_proxies() -> None:
    settings = Settings(http_proxy="p:1", https_proxy="http://q:2", no_proxy="a.b,.c.d,10.0.0.0/8, *.e.f")
    assert proxy_for(settings, "http", "x.y") == "http://p:1"
    assert proxy_for(settings, "https", "x.y") == "http://q:2"
    for host in ("a.b", "s.a.b", "x.c.d", "10.1.1.1", "x.e.f", "localhost", "127.0.0.1"):
        assert proxy_for(settings, "https", host) == "", host
    assert proxy_for(settings, "https", "c.d") == "http://q:2"
    assert proxy_for(settings._replace(no_proxy="*"), "http", "x.y") == ""


def test_the_environment_comes_last() -> None:
    environment = {"HTTP_PROXY": "e:1", "https_proxy": "e:2", "NO_PROXY": "x"}
    found = from_environment(Settings(http_proxy="s:1"), environment)
    assert (found.http_proxy, found.https_proxy, found.no_proxy) == ("s:1", "e:2", "x")


@pytest.mark.parametrize(
    "wrong",
    [Settings(mirrors=("ftp://x",)), Settings(mirrors=("https://u@x",)), Settings(insecure=("http://x",)),
     Settings(downloads=0),
     Settings(mirrors=("https://m",), registries=(Rule("docker.io", ("m.x",)),)), Settings(mirrors=("x",))],
)  # fmt: skip
def test_what_cannot_be_meant(wrong: Settings) -> None:
    with pytest.raises(Invalid):
        check(wrong)


def test_what_can_be_meant() -> None:
    good = Settings(mirrors=("https://m/x",), insecure=("a:1",))
    assert check(good) is good


def test_one_registry_may_be_trusted_for_once() -> None:
    settings = Settings(insecure=("a.b",))
    assert trusting(settings, "c.d:5000", False) == settings
    trusted = trusting(settings, "c.d:5000", True)
    assert is_insecure(trusted, "c.d:5000") and is_insecure(trusted, "a.b") and not is_insecure(trusted, "c.d")


def test_what_was_said_of_a_registry_itself() -> None:
    rules = Rule("a.b", insecure=True), Rule("a.b:5000"), Rule("a.b/team"), Rule("*")
    settings = Settings(registries=rules)
    assert rule_of(settings, "a.b:5000") == rules[1] and rule_of(settings, "a.b:77") == rules[0]
    assert rule_of(settings, "c.d") is None
