from __future__ import annotations

import pytest

from hutch.model import platform
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("arm64", "linux/arm64"),
        ("linux", str(platform.host())),
        ("windows", f"windows/{platform.host().architecture}"),
    ],
)
def test_parse(text: str, expected: str) -> None:
    assert str(platform.parse(text)) == expected


@pytest.mark.parametrize("text", ["", "/", "linux/", "a/b/c/d", "linux/am d64", "plan9"])
def test_refused(text: str) -> None:
    with pytest.raises(Invalid):
        platform.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a/b/c/d", '"a/b/c/d": cannot parse platform specifier: invalid argument'),
        ("linux/!", '"!" is an invalid component of "linux/!": platform specifier component must match '
         '"^[A-Za-z0-9_.-]+$": invalid argument'),
        ("!", '"!" is an invalid OS component of "!": OSAndVersion specifier component must match '
         r'"^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$": invalid argument'),
        ("plan9", '"plan9": unknown operating system or architecture: invalid argument'),
    ],
)  # fmt: skip
def test_words_of_the_refusal(text: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        platform.parse(text)
    assert refused.value.message == message


def test_accepts() -> None:
    amd, v6, v7, arm = (platform.parse(t) for t in ("linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm"))
    assert amd.accepts(amd) and not amd.accepts(v7)
    assert not v6.accepts(v7)
    assert platform.Platform("linux", "arm").accepts(v7) and arm.accepts(v7)
