from __future__ import annotations

from hutch.api import replies
from hutch.api.replies import Answer
from hutch.api.request import Request
from hutch.api.router import Pattern, Route, Router, clean


async def nothing(_request: Request) -> Answer:
    return replies.empty()


def test_long_variables_take_slashes() -> None:
    pattern = Pattern("/images/{name*}/json")
    assert pattern.match(["images", "docker.io", "library", "a:1", "json"]) == {"name": "docker.io/library/a:1"}
    assert pattern.match(["images", "a", "json"]) == {"name": "a"}
    assert pattern.match(["images", "json"]) is None
    assert pattern.match(["images", "", "json"]) == {"name": ""}
    assert Pattern("/nodes/{id}").match(["nodes", ""]) is None


def test_literal_paths_go_before_patterns_and_methods_matter() -> None:
    router = Router([Route("GET", "/images/{name*}/get", nothing), Route("GET", "/images/get", nothing)])
    found = router.find("GET", "/images/get")
    assert found is not None
    assert found[0].pattern.text == "/images/get"
    assert router.find("POST", "/images/get") is None
    assert router.find("GET", "/images/get/") is None
    assert router.find("GET", "/images/x/get/") is None


def test_a_slash_at_the_end_is_part_of_a_name_or_of_no_page() -> None:
    router = Router([Route("DELETE", "/images/{name*}", nothing)])
    assert (router.find("DELETE", "/images/x/") or (None, None))[1] == {"name": "x/"}
    assert (router.find("DELETE", "/images/") or (None, None))[1] == {"name": ""}
    assert router.find("DELETE", "/images") is None


def test_long_patterns_go_before_short_ones() -> None:
    router = Router([Route("DELETE", "/a/{id*}", nothing), Route("DELETE", "/a/{id*}/points/{point}", nothing)])
    assert (router.find("DELETE", "/a/b/points/c") or (None, None))[1] == {"id": "b", "point": "c"}


def test_paths_are_cleaned() -> None:
    for path in ("/", "/a", "/a/", "/a/b.c", "/a/.b", "/a/..b/"):
        assert clean(path) == path
    assert clean("//") == "/"
    assert clean("//a//b") == "/a/b"
    assert clean("/a/./b/") == "/a/b/"
    assert clean("/a/../../b") == "/b"
    assert clean("/a/..") == "/"


def test_the_first_pattern_that_fits_is_taken() -> None:
    router = Router([Route("DELETE", "/a/{id}", nothing), Route("DELETE", "/a/{name*}", nothing)])
    assert (router.find("DELETE", "/a/b") or (None, None))[1] == {"id": "b"}
    assert (router.find("DELETE", "/a/b/c") or (None, None))[1] == {"name": "b/c"}
