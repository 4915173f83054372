from __future__ import annotations

from typing import Any

import pytest

from hutch.images.remote import choose, urls
from hutch.model import platform
from hutch.model.errors import Invalid, NotFound


def test_choose_prefers_the_variant() -> None:
    entries = [{"n": v, "platform": {"os": "linux", "architecture": "arm", "variant": v}} for v in ("v6", "v7", "")]
    assert choose(entries, platform.parse("linux/arm/v7"))["n"] == "v7"
    assert choose(entries, platform.parse("linux/arm/v5"))["n"] == ""


def test_attestations_and_platforms_that_are_none_are_passed_over() -> None:
    unknown = {"platform": {"os": "unknown", "architecture": "unknown"}}
    with pytest.raises(NotFound, match="no matching manifest for linux/amd64"):
        choose([unknown, {}, {"platform": "linux"}], platform.parse("linux/amd64"))


def test_urls() -> None:
    assert urls({"digest": "d"}) == [] and urls({"digest": "d", "urls": ["https://x/y"]}) == ["https://x/y"]
    wrong: list[Any] = ["https://x", ["file:///etc/passwd"], [1], ["https://x"] * 17, ["https://x\n"]]
    for value in wrong:
        with pytest.raises(Invalid):
            urls({"digest": "d", "urls": value})
