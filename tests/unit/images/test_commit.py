from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.images import commit
from hutch.images.commit import Asked
from hutch.images.store import Store
from hutch.model.errors import Invalid, NotFound
from hutch.model.tar import write
from hutch.model.tar.header import Entry

WHEN = "2020-01-01T00:00:00Z"


def layer(text: bytes) -> list[bytes]:
    return [*write.document("f", text), write.END]


def test_layers_over_each_other(store: Store) -> None:
    asked = Asked("repo", "t", author="me", comment="why", created_by="sh -c x")
    first = commit.commit(store, "", layer(b"1"), {"Cmd": ["a"]}, asked, WHEN)
    again = commit.commit(store, "", layer(b"1"), {"Cmd": ["a"]}, asked, WHEN)
    assert first.id == again.id and first.name == "repo:t", "the same input, the same image"
    second = commit.commit(store, first.id, layer(b"2"), {"Cmd": ["b"]}, Asked(), WHEN)
    record = store.image(second.id)
    assert record is not None and record.parent == first.id and second.name == ""
    config = record.config
    assert len(config["rootfs"]["diff_ids"]) == 2 and len(store.layers(record.top)) == 2
    assert config["history"] == [
        {"created": WHEN, "created_by": "sh -c x", "author": "me", "comment": "why"}, {"created": WHEN},
    ]  # fmt: skip


def test_a_layer_without_entries_is_none(store: Store) -> None:
    base = commit.commit(store, "", layer(b"1"), {}, Asked(), WHEN)
    made = commit.commit(store, base.id, [write.END], {"User": "u"}, Asked(comment="c"), WHEN)
    record, parent = store.image(made.id), store.image(base.id)
    assert record is not None and parent is not None and record.top == parent.top
    assert record.config["history"][-1] == {"created": WHEN, "comment": "c", "empty_layer": True}


def test_what_cannot_be_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No such image"):
        commit.commit(store, "sha256:" + "0" * 64, layer(b""), {}, Asked())
    with pytest.raises(Invalid, match="lowercase"):
        commit.commit(store, "", layer(b""), {}, Asked("BAD"))

    def broken() -> object:
        yield write.END[:512]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        commit.commit(store, "", broken(), {}, Asked("repo"))  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        commit.commit(store, "", [b"no tar" * 300], {}, Asked("repo"))
    assert store.images() == [] and os.listdir(store.blobs.ingest) == []
    assert os.listdir(tmp_path / "blobs/sha256") == []


def test_changes_are_applied() -> None:
    assert commit.settings({"Cmd": ["a"]}, ["USER u"]) == {"Cmd": ["a"], "User": "u"}
    with pytest.raises(Invalid, match="RUN is not a valid change command"):
        commit.settings({}, ["RUN x"])


def test_what_packs_well_is_no_bomb(store: Store) -> None:
    """A file of zeros is committed like any other, though it would grow a thousand times when decompressed."""
    size = 600 << 20
    entry = Entry(b"zeros", size=size)

    def tar() -> Iterator[bytes]:
        yield write.head(entry)
        for _ in range(size >> 20):
            yield bytes(1 << 20)
        yield write.END

    made = commit.commit(store, "", tar(), {}, Asked(), WHEN)
    record = store.image(made.id)
    assert record is not None and store.layers(record.top)[0].size == size
