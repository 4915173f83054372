from __future__ import annotations

import pytest

from hutch.daemon import values
from hutch.daemon.config import RuntimeSettings, Ulimit
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    ("text", "size"), [("64M", 64 << 20), ("1g", 1 << 30), ("1.5k", 1536), ("10", 10), ("2KiB", 2048), ("3kb", 3072)]
)
def test_sizes(text: str, size: int) -> None:
    assert values.size(text, "x") == size


@pytest.mark.parametrize("text", ["", "m", "-1", "1x", "1mm", "nan", "inf", "9999999p"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(Invalid, match="invalid size"):
        values.size(text, "x")


@pytest.mark.parametrize("text", ["nofile", "what=1", "nofile=2:1", "nofile=-1:5", "nofile=a"])
def test_what_is_no_resource_limit(text: str) -> None:
    with pytest.raises(Invalid):
        values.ulimit(text, "x")


def test_unlimited_is_a_limit() -> None:
    assert values.ulimit("core=-1", "x") == Ulimit("core", -1, -1)


def test_runtimes_in_the_file() -> None:
    found = values.from_file("runtimes", {"Crun": {"path": "/c", "runtimeArgs": ["--x"]}}, "runtimes")
    assert found == {"crun": RuntimeSettings("/c", ["--x"])}
    with pytest.raises(Invalid, match="runtimeType is not supported yet"):
        values.from_file("runtimes", {"x": {"path": "/c", "runtimeType": "y"}}, "runtimes")
    with pytest.raises(Invalid, match="reserved"):
        values.from_file("runtimes", {"hutch": {"path": "/c"}}, "runtimes")


@pytest.mark.parametrize(
    ("kind", "value"),
    [("bool", 1), ("integer", True), ("text", 1), ("list", "a"), ("list", [1]), ("map", {"a": 1}), ("size", True),
     ("runtimes", []), ("ulimits", {"nofile": {"Soft": 1}})],
)  # fmt: skip
def test_wrong_types_in_the_file(kind: str, value: object) -> None:
    with pytest.raises(Invalid):
        values.from_file(kind, value, "key")
