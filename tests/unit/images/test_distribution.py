from __future__ import annotations

import json

import pytest

from hutch.images.distribution import distribution
from hutch.model import reference
from hutch.model.errors import NotFound
from hutch.registry.settings import Settings
from support.registry import INDEX, MANIFEST, FakeRegistry, layer


def test_distribution(fake: FakeRegistry) -> None:
    content = fake.image("a", "1", layer({"f": b"x"}))
    size = len(fake.manifests["a", "1"][1])
    found = distribution(Settings(), reference.parse(f"{fake.host}/a:1"), None)
    assert found == {
        "Descriptor": {"mediaType": MANIFEST, "digest": content, "size": size},
        "Platforms": [{"architecture": "amd64", "os": "linux"}],
    }
    entry = {"digest": content, "size": size, "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}}
    fake.manifest("a", "2", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode(), INDEX)
    listed = distribution(Settings(), reference.parse(f"{fake.host}/a:2"), None)
    assert listed["Platforms"] == [{"architecture": "arm", "os": "linux", "variant": "v7"}]
    with pytest.raises(NotFound, match=r"^manifest unknown: "):
        distribution(Settings(), reference.parse(f"{fake.host}/a:3"), None)
