from __future__ import annotations

import pytest

from hutch.model import reference
from hutch.model.errors import Invalid

D = "sha256:" + "a1" * 32


@pytest.mark.parametrize(
    ("text", "normalized", "familiar"),
    [
        ("busybox", "docker.io/library/busybox", "busybox"),
        ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
        ("docker.io/library/busybox", "docker.io/library/busybox", "busybox"),
        ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
        ("index.docker.io/library/a", "docker.io/library/a", "a"),
        ("library/busybox", "docker.io/library/busybox", "busybox"),
        ("user/app", "docker.io/user/app", "user/app"),
        ("library/a/b", "docker.io/library/a/b", "library/a/b"),
        ("localhost/app", "localhost/app", "localhost/app"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("ghcr.io/a/b@" + D, "ghcr.io/a/b@" + D, "ghcr.io/a/b@" + D),
        ("a:t@" + D, "docker.io/library/a:t@" + D, "a:t@" + D),
        ("LOCALHOST/foo", "LOCALHOST/foo", "LOCALHOST/foo"),
        ("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"),
        ("a__b/c---d.e_f", "docker.io/a__b/c---d.e_f", "a__b/c---d.e_f"),
        ("a:5000", "docker.io/library/a:5000", "a:5000"),
    ],
)
def test_parse(text: str, normalized: str, familiar: str) -> None:
    ref = reference.parse(text)
    assert str(ref) == normalized
    assert ref.familiar == familiar
    assert reference.parse(familiar) == ref


@pytest.mark.parametrize(
    "text",
    ["", ":x", "a:", "a:b:c", "-x", "a/", "/a", "a//b", "a___b", "a._b", "a..b", "_a", "a_", "a@sha256:12",
     "a@" + D.upper(), "a:" + "t" * 129, "a b", "a\n", "é", "a-.example:80x/b", "a.b:/c", "[::1/x", "a:.x",
     "a@md5:" + "0" * 32, "x/../y"],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^invalid reference format"):
        reference.parse(text)


def test_errors_in_dockers_words() -> None:
    with pytest.raises(
        Invalid, match=r"^invalid reference format: repository name \(library/Busybox\) must be lowercase$"
    ):
        reference.parse("Busybox")
    with pytest.raises(Invalid, match=r"cannot specify 64-byte hexadecimal strings$"):
        reference.parse("a" * 64)
    with pytest.raises(Invalid, match=r"^repository name must not be more than 255 characters$"):
        reference.parse("b" * 300)


def test_default_tag() -> None:
    assert str(reference.parse_tagged("a")) == "docker.io/library/a:latest"
    assert str(reference.parse_tagged("a@" + D)) == "docker.io/library/a@" + D
    assert str(reference.parse("a:x").with_tag("y")) == "docker.io/library/a:y"
    with pytest.raises(Invalid, match=r"^invalid tag format$"):
        reference.parse("a").with_tag("/")
