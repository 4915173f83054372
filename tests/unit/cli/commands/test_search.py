"""``hutch search`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_a_table(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/search", [{"name": "a", "description": "d" * 50, "star_count": 7, "is_official": True}])
    code, out, _ = hutch("search", "--limit", "5", "-f", "stars=3", "a")
    assert code == 0
    assert out.splitlines()[0].split() == ["NAME", "DESCRIPTION", "STARS", "OFFICIAL"]
    assert out.splitlines()[1].split() == ["a", "d" * 44 + "…", "7", "[OK]"]
    assert engine.targets()[0].startswith("GET /images/search?term=a&limit=5&filters=")
    assert hutch("search", "--format", "{{.Name}}", "a")[1] == "a\n"


def test_nothing_found_and_no_search(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/search", [])
    assert hutch("search", "a")[1].split() == ["NAME", "DESCRIPTION", "STARS", "OFFICIAL"]
    engine.on("GET /images/search", {"message": "registry x has no search"}, 500)
    assert hutch("search", "x:5/a") == (1, "", "Error response from daemon: registry x has no search\n")
