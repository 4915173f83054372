"""Names of images."""

from __future__ import annotations

from hutch.cli.image_names import qualified, split_tag, with_tag


def test_names() -> None:
    assert split_tag("h:5/a") == ("h:5/a", "")
    assert split_tag("a@sha256:1") == ("a", "sha256:1")
    assert with_tag("a") == "a:latest"
    assert [qualified(n) for n in ("a", "b/a:1", "localhost/a", "r.io/a")] == [
        "docker.io/library/a:latest",
        "docker.io/b/a:1",
        "localhost/a:latest",
        "r.io/a:latest",
    ]
