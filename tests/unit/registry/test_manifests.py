from __future__ import annotations

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.registry import manifests
from hutch.registry.client import Registry
from support.registry import MANIFEST, FakeRegistry, sha256


def test_get(fake: FakeRegistry, registry: Registry) -> None:
    content = fake.manifest("a", "1", b"{}", MANIFEST)
    assert manifests.get(registry, "a", "1") == (b"{}", MANIFEST, content)
    fake.manifests["a", content] = MANIFEST, b"{ }"
    with pytest.raises(Invalid, match=f"verification failed for digest {content}"):
        manifests.get(registry, "a", content)
    with pytest.raises(NotFound, match="manifest unknown"):
        manifests.get(registry, "a", "2")


def test_put(fake: FakeRegistry, registry: Registry) -> None:
    manifests.put(registry, "a", "3", b"{}", MANIFEST)
    assert fake.manifests["a", "3"] == (MANIFEST, b"{}")


def test_tags_come_in_pages(fake: FakeRegistry, registry: Registry) -> None:
    for tag in ("c", "a", "b"):
        fake.manifest("x/y", tag, tag.encode(), MANIFEST)
    assert manifests.tags(registry, "x/y") == ["a", "b", "c"]
    assert len(fake.requests("tags/list")) == 3
    assert sha256(b"a") not in manifests.tags(registry, "x/y")


def test_scopes() -> None:
    assert manifests.pull_scope("a/b") == "repository:a/b:pull"
    assert manifests.push_scope("a/b") == "repository:a/b:pull,push"
