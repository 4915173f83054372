from __future__ import annotations

from typing import Any

from hutch.registry.endpoint import Endpoint, address, endpoints
from hutch.registry.rules import parse
from hutch.registry.settings import Settings


def test_secure_registries_are_never_spoken_to_in_plain_http() -> None:
    assert endpoints(Settings(), "a.b") == [Endpoint("https", "a.b")]


def test_insecure_ones_may() -> None:
    assert [e.base for e in endpoints(Settings(), "localhost:5000")] == [
        "https://localhost:5000", "http://localhost:5000"
    ]  # fmt: skip
    assert not endpoints(Settings(), "localhost:5000")[0].verify


def test_mirrors_of_the_hub() -> None:
    settings = Settings(mirrors=("https://m.x/base/",))
    found = endpoints(settings, "docker.io")
    assert [(e.base, e.mirror) for e in found] == [
        ("https://m.x/base", True), ("https://registry-1.docker.io", False)
    ]  # fmt: skip
    assert len(endpoints(settings, "docker.io", pulling=False)) == 1
    assert len(endpoints(settings, "a.b")) == 1


def asked(rules: dict[str, Any], domain: str, path: str) -> list[str]:
    """Every URL that a manifest of the repository is asked for at."""
    settings = Settings(registries=tuple(parse(key, value) for key, value in rules.items()))
    return [f"{e.base}/v2/{e.repository(path)}" for e in endpoints(settings, domain, path)]


def test_mirrors_of_every_registry() -> None:
    rules = {
        "*": {"mirrors": ["all.x/{registry}"]},
        "quay.io": {"mirrors": ["m.x/quay", "https://base.x/q"]},
        "quay.io/team": {"mirrors": ["team.x"]},
        "m.x": {"insecure": True},
    }
    assert asked(rules, "quay.io", "a/b") == [
        "https://m.x/v2/quay/a/b", "http://m.x/v2/quay/a/b", "https://base.x/q/v2/a/b", "https://quay.io/v2/a/b"
    ]  # fmt: skip
    assert asked(rules, "quay.io", "team/b") == ["https://team.x/v2/b", "https://quay.io/v2/team/b"]
    assert asked(rules, "docker.io", "library/nginx") == [
        "https://all.x/v2/docker.io/library/nginx", "https://registry-1.docker.io/v2/library/nginx"
    ]  # fmt: skip


def test_the_whole_of_a_key_may_be_one_repository() -> None:
    rules = {"quay.io/team/app": {"mirrors": ["m.x/other"]}}
    assert asked(rules, "quay.io", "team/app")[0] == "https://m.x/v2/other"


def test_registry_mirrors_are_the_hub_s() -> None:
    settings = Settings(mirrors=("https://m.x",), registries=(parse("*", {"mirrors": ["a.x"]}),))
    assert endpoints(settings, "docker.io", "library/x")[0].host == "m.x"
    assert endpoints(settings, "quay.io", "x")[0].host == "a.x"


def test_address() -> None:
    assert address("https", "a.b") == ("a.b", 443)
    assert address("http", "a.b") == ("a.b", 80)
    assert Endpoint("https", "[::1]:5000").address == ("::1", 5000)
