from __future__ import annotations

import pytest

from hutch.images.tag import target
from hutch.model.digest import sha256
from hutch.model.errors import Invalid


def test_targets() -> None:
    assert str(target("a", "")) == "docker.io/library/a:latest"
    assert str(target("a:b", "")) == "docker.io/library/a:b"
    assert str(target("a:b", "c")) == "docker.io/library/a:c"
    for repo, tag in (("a@" + sha256(b""), ""), ("a", "!"), ("A", ""), ("sha256", "abc")):
        with pytest.raises(Invalid):
            target(repo, tag)
