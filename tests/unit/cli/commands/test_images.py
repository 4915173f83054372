"""``hutch images`` against a scripted engine."""

from __future__ import annotations

from typing import Any

IMAGE = {
    "Id": "sha256:0123456789abcdef",
    "RepoTags": ["busybox:latest", "host:5000/b:1"],
    "RepoDigests": [],
    "Created": 1700000000,
    "Size": 1984000,
    "SharedSize": -1,
    "Containers": -1,
}


def test_a_line_for_every_name(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/json", [IMAGE])
    out = hutch("images", "busybox")[1].splitlines()
    assert [line.split()[:3] for line in out[1:]] == [
        ["busybox", "latest", "0123456789ab"],
        ["host:5000/b", "1", "0123456789ab"],
    ]
    assert out[1].endswith("1.98MB")
    assert engine.targets() == ["GET /images/json?filters=%7B%22reference%22:%7B%22busybox%22:true%7D%7D"]


def test_quiet(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/json", [IMAGE])
    assert hutch("images", "-q", "--no-trunc")[1] == "sha256:0123456789abcdef\n" * 2


def test_tree_asks_for_manifests(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/json", [{**IMAGE, "Manifests": []}])
    assert "busybox:latest" in hutch("images", "--tree")[1]
    assert "manifests=1" in engine.targets()[0] and "dangling%22:%7B%22false" in engine.targets()[0]
    assert hutch("images", "--tree", "-q") == (1, "", "--quiet is not yet supported with --tree\n")
