"""Downloads of the whole daemon: each blob once however many pulls want it, a few at a time, resumed after a break."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hutch.images.room import Room
from hutch.images.threads import Gone
from hutch.linux.files import remove_if_there

Fetch = Callable[[str, Callable[[int], None], Callable[[float], None]], None]
"""Fetches into a path; tells the bytes that are there; waits the seconds before a retry. The latter two may raise."""

Listener = Callable[[str, int], None]
"""Hears (what, number): ``Downloading`` and bytes, ``Retrying`` and seconds, ``Verifying`` and ``Complete`` and 0."""


class Download:
    """One blob on its way; it goes on as long as somebody wants it."""

    def __init__(self, path: str, fetch: Fetch, room: Room) -> None:
        self.path = path
        self.users = 0
        self.stopped = threading.Event()
        self.done = threading.Event()
        self.error: BaseException | None = None
        self.count = 0
        """Bytes that can be read at ``path``."""

        self.beginnings = 0
        """How often it began anew, as what had come was wrong."""

        self.changed = threading.Condition()
        """Notified when any of these has changed."""

        self._listeners: list[Listener] = []
        self._fetch, self._room = fetch, room

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="download", daemon=True).start()

    def hear(self, listener: Listener) -> None:
        """Tell ``listener`` what happens from now on; at once that it is complete, if it is."""
        with self.changed:
            self._listeners.append(listener)
            complete = self.done.is_set() and self.error is None
        if complete:
            listener("Verifying", 0)
            listener("Complete", 0)

    def deafen(self, listener: Listener) -> None:
        """Tell it no more."""
        with self.changed:
            self._listeners.remove(listener)

    def wait(self, check: Callable[[], None]) -> str:
        """The complete file; ``check`` is called meanwhile and may raise. Raises what the download failed with."""
        while not self.done.wait(0.1):
            check()
        if self.error is not None:
            raise self.error
        return self.path

    def _run(self) -> None:
        try:
            with self._room.place(self._check):
                self._fetch(self.path, self._seen, self._pause)
        except BaseException as error:
            self.error = error
        with self.changed:
            listeners = list(self._listeners)
            self.done.set()
            self.changed.notify_all()
        if self.error is None:
            for what in ("Verifying", "Complete"):
                for listener in listeners:
                    listener(what, 0)

    def _check(self) -> None:
        if self.stopped.is_set():
            raise Gone

    def _seen(self, count: int) -> None:
        self._check()
        with self.changed:
            self.beginnings += count < self.count
            self.count = count
            self.changed.notify_all()
        self._tell("Downloading", count)

    def _pause(self, seconds: float) -> None:
        left = max(round(seconds), 1)
        self._tell("Retrying", left)
        if self.stopped.wait(seconds):
            raise Gone

    def _tell(self, what: str, number: int) -> None:
        with self.changed:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(what, number)


class Downloads:
    """All downloads."""

    def __init__(self, part: Callable[[str], str], limit: int, kept: Callable[[str], bool] = lambda _: False) -> None:
        """``part`` gives the file that a digest is fetched into; ``limit`` is how many are fetched at a time; ``kept``
        tells whether the store has the blob, so that its file is of no use any more."""
        self._part, self._kept = part, kept
        self.room = Room(limit)
        self._running: dict[str, Download] = {}
        self._lock = threading.Lock()

    @contextmanager
    def wanted(self, name: str, fetch: Fetch, listener: Listener) -> Iterator[Download]:
        """The download of the blob ``name``, begun now or by somebody else. When the last who wants it leaves, it
        stops; its file is removed if it is complete and somebody used it, and stays to be resumed if not."""
        download = self._join(name, fetch)
        download.hear(listener)
        try:
            yield download
            used = True
        except BaseException:
            used = False
            raise
        finally:
            download.deafen(listener)
            self._leave(name, download, used)

    def _join(self, name: str, fetch: Fetch) -> Download:
        while True:
            with self._lock:
                download = self._running.get(name)
                if download is None:
                    download = self._running[name] = Download(self._part(name), fetch, self.room)
                    download.users = 1
                    download.start()
                    return download
                if not download.stopped.is_set() and download.error is None:
                    download.users += 1
                    return download
            download.done.wait()  # it is being given up: begin again when it has let go of the file
            with self._lock:
                if self._running.get(name) is download:
                    del self._running[name]

    def _leave(self, name: str, download: Download, used: bool) -> None:
        with self._lock:
            download.users -= 1
            if download.users:
                return
            download.stopped.set()
            if not download.done.is_set():
                return  # the next who wants it waits for its end
            if download.error is None and (used or self._kept(name)):
                remove_if_there(download.path)
            if self._running.get(name) is download:
                del self._running[name]


def link(path: str, target: str) -> str:
    """A second name for a complete download, to be consumed; it."""
    os.link(path, target)
    return target
