from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from hutch.images import layers, stacking
from hutch.images.sources import File
from hutch.images.stacking import Check, Unwanted
from hutch.images.store import Store
from hutch.images.tar.extract import Lowers
from hutch.model.digest import chain_ids, sha256
from hutch.model.errors import Invalid
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, REGULAR, Entry
from hutch.storage.folders import LayerFolders


class Folders(LayerFolders):
    name = "folders"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    driver = Folders(str(tmp_path))
    made = Store(str(tmp_path), driver)
    with made.held():
        yield made
        assert not [key for key in list(driver.keys()) if key.startswith("staging-")]
        assert os.listdir(made.blobs.ingest) == []
    made.close()
    driver.close()


def tar(*names: str, mode: int = 0o750) -> bytes:
    parts = []
    for name in names:
        entry = Entry(name.encode(), FOLDER if name.endswith("/") else REGULAR, mode)
        entry.uid, entry.gid, entry.mtime = os.getuid(), os.getgid(), 5_000_000_000
        parts.append(write.head(entry))
    return b"".join(parts) + write.END


class Stack:
    """Layers to be made; ``seen`` is called with the number of each whose tar is read."""

    def __init__(
        self, store: Store, *tars: bytes, seen: Callable[[int, Check], None] = lambda _, check: check()
    ) -> None:
        self.store, self.tars, self.seen = store, tars, seen
        self.diff_ids = [sha256(each) for each in tars]
        self.chains = chain_ids(self.diff_ids)
        self.settled: list[int] = []

    def make(self, number: int, parent: str | None, below: Lowers | None, check: Check) -> layers.Unpacked:
        path = self.store.blobs.new_file()
        Path(path).write_bytes(self.tars[number])
        source = File(path, lambda _: self.seen(number, check))
        return layers.unpack(self.store, source, parent, self.diff_ids[number], below=below)

    def build(self, have: int = 0) -> None:
        stacking.build(self.store, self.chains, have, self.make, self.settled.append)


def test_an_upper_layer_is_unpacked_while_a_lower_one_still_comes(store: Store) -> None:
    upper = Event()

    def seen(number: int, _: Check) -> None:
        if number:
            upper.set()
        else:
            assert upper.wait(30)

    stack = Stack(store, tar("a/", "a/x"), tar("b/", "b/y"), seen=seen)
    stack.build()
    assert stack.settled == [0, 1]
    assert [layer.chain for layer in store.layers(stack.chains[-1])] == stack.chains
    assert store.driver.parent(stack.chains[1]) == stack.chains[0] and store.driver.parent(stack.chains[0]) is None


def test_who_needs_a_folder_of_a_lower_layer_waits_for_it(store: Store) -> None:
    upper = Event()

    def seen(number: int, _: Check) -> None:
        if number:
            upper.set()
        else:
            assert upper.wait(30)

    stack = Stack(store, tar("./", "a/", mode=0o711), tar("a/x"), tar("a/y"), seen=seen)
    stack.build()
    for chain in stack.chains:
        status = (Path(store.driver.layer_dir(chain)) / "a").stat()
        assert (status.st_mode & 0o7777, status.st_mtime) == (0o711, 5)
        assert Path(store.driver.layer_dir(chain)).stat().st_mode & 0o7777 == 0o711


def test_layers_that_are_there_are_built_upon(store: Store) -> None:
    first = Stack(store, tar("a/", mode=0o711))
    first.build()
    stack = Stack(store, tar("a/", mode=0o711), tar("a/x"), tar("a/y"))
    stack.build(have=1)
    assert stack.settled == [1, 2]
    assert (Path(store.driver.layer_dir(stack.chains[2])) / "a").stat().st_mode & 0o7777 == 0o711


def test_one_that_came_meanwhile_is_left_alone(store: Store) -> None:
    stack = Stack(store, tar("a/", mode=0o711), tar("b/"), tar("a/x"))
    Stack(store, *stack.tars[:2]).build()
    made: list[int] = []

    def make(number: int, parent: str | None, below: Lowers | None, check: Check) -> layers.Unpacked | None:
        made.append(number)
        return None if number < 2 else stack.make(number, parent, below, check)

    stacking.build(store, stack.chains, 0, make, stack.settled.append)
    assert stack.settled == made == [0, 1, 2]
    assert (Path(store.driver.layer_dir(stack.chains[2])) / "a").stat().st_mode & 0o7777 == 0o711


def test_what_is_above_a_broken_layer_goes(store: Store) -> None:
    waiting, ended = Event(), []

    def seen(number: int, check: Check) -> None:
        if number == 2:
            waiting.set()
            while True:  # endless, were it not for the check
                try:
                    check()
                except Unwanted:
                    ended.append(number)
                    raise
        if number == 1:
            assert waiting.wait(30)

    stack = Stack(store, tar("a/"), tar("b/"), tar("c/"), tar("a/x"), tar("d/"), seen=seen)
    stack.diff_ids[1] = sha256(b"other")
    with pytest.raises(Invalid, match="layer content does not match"):
        stack.build()
    assert stack.settled == [0] and ended == [2]
    assert sorted(store.all_layers()) == [stack.chains[0]] == store.driver.keys()


def test_too_many(store: Store) -> None:
    stack = Stack(store, *[tar(f"{number}/") for number in range(129)])
    with pytest.raises(Invalid, match="max depth exceeded"):
        stack.build()
