from __future__ import annotations

from hutch.registry.endpoint import Endpoint, address, endpoints
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
    assert len(endpoints(settings, "docker.io", mirrors=False)) == 1
    assert len(endpoints(settings, "a.b")) == 1


def test_address() -> None:
    assert address("https", "a.b") == ("a.b", 443)
    assert address("http", "a.b") == ("a.b", 80)
    assert Endpoint("https", "[::1]:5000").address == ("::1", 5000)
