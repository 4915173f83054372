from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.registry import upload
from hutch.registry.client import Registry
from support.registry import FakeRegistry, sha256


def test_a_blob_is_sent_once(fake: FakeRegistry, registry: Registry, tmp_path: Path) -> None:
    data = b"x" * 1_000_000
    (tmp_path / "f").write_bytes(data)
    assert not upload.exists(registry, "a", sha256(data))
    seen: list[int] = []
    where = upload.begin(registry, "a")
    upload.send(registry, "a", sha256(data), where, upload.opener(str(tmp_path / "f")), len(data), seen.append)
    assert fake.blobs == {sha256(data): data} and seen[-1] == len(data)
    assert upload.exists(registry, "a", sha256(data))


def test_a_registry_that_finds_other_bytes(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    where = upload.begin(registry, "a")
    with pytest.raises(Invalid, match="provided digest did not match"):
        upload.send(registry, "a", sha256(b"y"), where, upload.opener(str(tmp_path / "f")), 1, lambda _: None)


def test_mount(fake: FakeRegistry, registry: Registry) -> None:
    name = fake.blob(b"x")
    assert upload.mount(registry, "a", name, "b")[0]
    assert f"mount={name.replace(':', '%3A')}&from=b" in fake.log[-1][1]
    mounted, where = upload.mount(registry, "a", sha256(b"y"), "b")
    assert not mounted and where.startswith(f"http://{fake.host}/v2/a/blobs/uploads/")
