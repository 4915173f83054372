from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutch.model.errors import Invalid
from hutch.registry import upload
from hutch.registry.client import Registry
from hutch.registry.transport import Unreachable
from support.registry import FakeRegistry, sha256

DATA = os.urandom(1_000_000)
NAME = sha256(DATA)


@pytest.fixture
def sending(registry: Registry, tmp_path: Path) -> Callable[..., upload.Upload]:
    """An upload of ``DATA`` in pieces of 300 kB."""
    (tmp_path / "f").write_bytes(DATA)

    def make(name: str = NAME, piece: int = 300_000, **options: Any) -> upload.Upload:
        where, opened = upload.begin(registry, "a"), upload.opener(str(tmp_path / "f"))
        seen = options.get("seen", lambda _: None)
        return upload.Upload(registry, "a", name, where, opened, len(DATA), seen, piece)

    return make


def asked(fake: FakeRegistry) -> str:
    """The methods of all requests, by their first letters (PATCH is a small one)."""
    return "".join("p" if entry[0] == "PATCH" else entry[0][0] for entry in fake.log)


def test_a_small_blob_is_one_request(fake: FakeRegistry, registry: Registry, sending: Any) -> None:
    assert not upload.exists(registry, "a", NAME)
    seen: list[int] = []
    sending(piece=len(DATA), seen=seen.append).run()
    assert fake.blobs == {NAME: DATA} and seen[-1] == len(DATA)
    assert upload.exists(registry, "a", NAME) and asked(fake) == "HPPH"


def test_a_large_one_goes_in_pieces(fake: FakeRegistry, sending: Any) -> None:
    seen: list[int] = []
    sending(seen=seen.append).run()
    assert fake.blobs == {NAME: DATA} and asked(fake) == "PppppP"
    assert seen == sorted(seen) and seen[-1] == len(DATA)


def test_after_a_broken_link_only_the_rest_is_sent(fake: FakeRegistry, sending: Any) -> None:
    fake.upload_cuts = [300_000, 123_456]
    one = sending()
    with pytest.raises(Unreachable):
        one.run()
    assert one.sent == 300_000
    one.run()
    assert fake.blobs == {NAME: DATA} and asked(fake) == "PppGppP"


def test_an_upload_that_is_not_known_any_more_is_lost(fake: FakeRegistry, sending: Any) -> None:
    fake.upload_cuts, fake.forgets = [100_000], True
    one = sending()
    with pytest.raises(Unreachable):
        one.run()
    with pytest.raises(upload.Lost):
        one.run()
    assert NAME not in fake.blobs


def test_a_registry_that_takes_no_pieces_gets_the_whole(fake: FakeRegistry, sending: Any) -> None:
    fake.patches = False
    sending().run()
    assert fake.blobs == {NAME: DATA} and asked(fake) == "PpPP"


def test_a_registry_that_finds_other_bytes(sending: Any) -> None:
    for piece in (len(DATA), 300_000):
        with pytest.raises(Invalid, match="provided digest did not match"):
            sending(sha256(b"y"), piece).run()


def test_mount(fake: FakeRegistry, registry: Registry) -> None:
    name = fake.blob(b"x")
    assert upload.mount(registry, "a", name, "b")[0]
    assert f"mount={name.replace(':', '%3A')}&from=b" in fake.log[-1][1]
    mounted, where = upload.mount(registry, "a", sha256(b"y"), "b")
    assert not mounted and where.startswith(f"http://{fake.host}/v2/a/blobs/uploads/")
