"""The layers of one image, several at once: each is unpacked by itself, and they become visible in order.

Only drivers that keep each layer's own files apart can have it so; with others a layer is unpacked into a copy of the
one below. What a tar does not say about a folder that it puts something into is found in the layers below
(``tar/lower.py``): who needs that waits until they are unpacked, so what comes out is the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from threading import Event

from hutch.images.layers import Unpacked, record
from hutch.images.store import Store
from hutch.images.tar.extract import Lowers
from hutch.storage.folders import LayerFolders, Prepared

AT_ONCE = 3
"""Layers of an image that are unpacked at a time."""

_WAIT = 0.2  # seconds between two looks whether the work is still wanted

Check = Callable[[], None]
"""Raises Unwanted when the work is of no use any more; to be called often."""

Make = Callable[[int, str | None, Lowers | None, Check], Unpacked | None]
"""Unpacks the layer of this number over the parent, or over what lies below; None if the layer is there already. See
``layers.unpack``."""


class Unwanted(Exception):
    """Another layer of the image failed, or nobody waits any more."""


def build(store: Store, chains: Sequence[str], have: int, make: Make, settled: Callable[[int], None]) -> None:
    """Make the layers ``chains``, lowest first, visible, of which the first ``have`` are; ``settled`` is told of each.

    Raises what ``make`` raises; the layers below that one are there then.
    """
    if isinstance(store.driver, LayerFolders) and len(chains) - have > 1:
        _Stack(store, store.driver, chains, make, settled).build(have)
        return
    for number in range(have, len(chains)):
        parent = chains[number - 1] if number else None
        unpacked = make(number, parent, None, lambda: None)
        if unpacked is not None:
            with closing(unpacked):
                store.driver.commit(unpacked.key, chains[number])
                record(store, [unpacked], parent)
        settled(number)


class _Stack:
    """One image's layers on their way."""

    def __init__(
        self, store: Store, driver: LayerFolders, chains: Sequence[str], make: Make, settled: Callable[[int], None]
    ) -> None:
        self._store, self._driver, self._chains = store, driver, chains
        self._make, self._settled = make, settled
        self._stopped = Event()
        self._below: list[str] = []
        self._work: list[Future[tuple[str, Unpacked | None]]] = []

    def build(self, have: int) -> None:
        """See the function of this name."""
        self._below = [self._driver.layer_dir(chain) for chain in self._chains[:have]]
        with ExitStack() as undo:
            undo.callback(self._forget)
            pool = undo.enter_context(ThreadPoolExecutor(AT_ONCE, "layer"))
            undo.callback(self._stop)
            # They begin in order, so whatever a layer waits for below itself is under way.
            for number in range(have, len(self._chains)):
                self._work.append(pool.submit(self._unpack, number, have))
            number = have
            while number < len(self._chains):
                number += self._settle(number, self._work[number - have :])

    def _unpack(self, number: int, have: int) -> tuple[str, Unpacked | None]:
        """(the folder of its files, the layer), as :data:`Make`. The folder is named by a descriptor, since the layer
        may get its name while another one looks into it."""
        self._check()
        unpacked = self._make(number, None, lambda: self._lowers(number - have), self._check)
        with ExitStack() as undo:
            if unpacked is not None:
                undo.callback(unpacked.close)
            folder = self._driver.layer_dir(unpacked.key if unpacked else self._chains[number])
            fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            undo.pop_all()
        return f"/proc/self/fd/{fd}/.", unpacked

    def _lowers(self, count: int) -> list[str]:
        """The folders below the layer that has ``count`` of the new ones below it, uppermost first."""
        folders = list(self._below)
        for work in self._work[:count]:
            folders.append(self._finished(work)[0])
        return folders[::-1]

    def _finished(self, work: Future[tuple[str, Unpacked | None]]) -> tuple[str, Unpacked | None]:
        while True:
            self._check()
            try:
                return work.result(_WAIT)
            except TimeoutError:
                continue

    def _settle(self, number: int, work: Sequence[Future[tuple[str, Unpacked | None]]]) -> int:
        """Make the layer ``number`` visible, and those that are ready above it; how many."""
        work[0].result()
        layers: list[Unpacked] = []
        for one in work:
            if not one.done() or one.exception() is not None or (layer := one.result()[1]) is None:
                break
            layers.append(layer)
        parent = self._chains[number - 1] if number else None
        if layers:
            self._commit(number, layers, parent)
        count = max(len(layers), 1)
        for settled in range(number, number + count):
            self._settled(settled)
        return count

    def _commit(self, number: int, layers: list[Unpacked], parent: str | None) -> None:
        names = self._chains[number:]
        self._driver.commit_over(
            parent, [Prepared(layer.key, name, layer.rooted) for layer, name in zip(layers, names, strict=False)]
        )
        record(self._store, layers, parent)
        for layer in layers:
            layer.close()

    def _check(self) -> None:
        if self._stopped.is_set():
            raise Unwanted

    def _stop(self) -> None:
        self._stopped.set()
        for work in self._work:
            work.cancel()

    def _forget(self) -> None:
        """Let go of what every layer has, once nobody works any more; remove those that did not become visible."""
        with ExitStack() as undo:
            for work in self._work:
                if not work.cancelled() and work.exception() is None:
                    folder, unpacked = work.result()
                    if unpacked is not None:
                        undo.callback(unpacked.close)
                    undo.callback(os.close, int(folder.split("/")[-2]))
