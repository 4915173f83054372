from __future__ import annotations

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.registry.blob import document
from hutch.registry.client import Registry
from support.registry import FakeRegistry, sha256


def test_document(fake: FakeRegistry, registry: Registry) -> None:
    name = fake.blob(b"{}")
    assert document(registry, "a", name, 10) == b"{}"
    with pytest.raises(Invalid, match="larger than 1 bytes"):
        document(registry, "a", name, 1)
    with pytest.raises(NotFound):
        document(registry, "a", sha256(b"?"), 10)
    fake.blobs[name] = b"[]"
    with pytest.raises(Invalid, match="verification failed"):
        document(registry, "a", name, 10)
