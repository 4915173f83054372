from __future__ import annotations

import pytest

from hutch.images import builtin
from hutch.model import reference


@pytest.mark.parametrize(
    ("name", "expected"),
    [("busybox", True), ("hello-world:latest", True), ("docker.io/library/busybox", True), ("busybox:1.36", False),
     ("ghcr.io/library/busybox", False), ("nginx", False)],
)  # fmt: skip
def test_names(name: str, expected: bool) -> None:
    assert builtin.is_builtin(reference.parse_tagged(name)) is expected


def test_a_dynamic_program_is_no_static_busybox() -> None:
    assert not builtin.is_static("/bin/sh")
    assert not builtin.is_static("/etc/passwd")
