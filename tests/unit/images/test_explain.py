from __future__ import annotations

import asyncio
from typing import Any

from hutch.images.explain import Explanation, where
from hutch.images.threads import produce
from hutch.model.errors import NotFound
from hutch.registry.endpoint import Endpoint

MIRROR = Endpoint("https", "m.x:5000", "/base", mirror=True)
NAME = "sha256:" + "a" * 64


def test_servers() -> None:
    assert where(MIRROR) == "https://m.x:5000/base (mirror)"
    assert where(Endpoint("https", "m.x", mirror=True, replaces="team", namespace="copies")) == (
        "https://m.x/copies (mirror)"
    )
    assert where(Endpoint("http", "quay.io")) == "http://quay.io"


def test_lines() -> None:
    def work(sink: Any) -> None:
        told = Explanation(sink)
        told.failed(MIRROR, NotFound("manifest unknown"))
        told.gave("manifest", NAME, Endpoint("https", "quay.io"))
        told.layer(NAME, None)
        told.layer(NAME, [])
        told.layer(NAME, ["https://a", "https://b"])
        Explanation(None).layer(NAME, [])

    async def run() -> list[dict[str, Any]]:
        return [step async for step in produce(work)]

    assert [step["status"] for step in asyncio.run(run())] == [
        "not from https://m.x:5000/base (mirror): manifest unknown",
        "manifest aaaaaaaaaaaa from https://quay.io",
        "layer aaaaaaaaaaaa was here",
        "layer aaaaaaaaaaaa was fetched before, or by another pull",
        "layer aaaaaaaaaaaa from https://a, then https://b",
    ]
