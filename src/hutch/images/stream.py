"""A download as the source of a layer: what has come is unpacked while the rest comes."""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.images import compression
from hutch.images.downloads import Download, link
from hutch.images.threads import Gone
from hutch.linux.files import remove_if_there
from hutch.model.errors import Invalid

_WAIT = 0.2  # seconds between two looks whether anybody still wants it
_HEAD = 8  # bytes that tell the compression


class Restarted(Exception):
    """What was read turned out to be wrong and is fetched again: begin anew."""


class Stream:
    """See ``sources.Source``. The end is only told when the whole was found to be what its digest says."""

    def __init__(self, download: Download, name: str, check: Callable[[], None], seen: Callable[[int], None]) -> None:
        """``name`` is the digest; ``check`` is called while there is nothing to read, and may raise; ``seen`` is told
        how much was read."""
        self._download, self._name, self._check, self._seen = download, name, check, seen
        self.beginning = download.beginnings
        """Which of the download's beginnings this reads."""

        self.count = 0
        self._fd = -1
        self._kind: str | None = None
        self._taken = ""
        self._stopped = False

    @property
    def kind(self) -> str:
        """See Source; waits for the first bytes."""
        if self._kind is None:
            self._available(_HEAD - 1)
            self._kind = compression.detect(self._piece(0, _HEAD))
        return self._kind

    def read(self, count: int) -> bytes:
        """See Source. Raises Restarted, and what the download failed with."""
        there = self._available(self.count)
        data = self._piece(self.count, min(count, there - self.count)) if there > self.count else b""
        self.count += len(data)
        self._seen(self.count)
        return data

    def _available(self, after: int) -> int:
        """How many bytes are there, once there are more than ``after`` or there will be no more."""
        download = self._download
        while True:
            with download.changed:
                download.changed.wait_for(lambda: download.count > after or self._over(), _WAIT)
                if self._stopped:
                    raise Gone
                if download.beginnings != self.beginning:
                    raise Restarted
                if download.done.is_set() and download.error is not None:
                    raise download.error
                if download.count > after or download.done.is_set():
                    return download.count
            self._check()

    def _over(self) -> bool:
        download = self._download
        return self._stopped or download.done.is_set() or download.beginnings != self.beginning

    def _piece(self, at: int, count: int) -> bytes:
        if self._fd < 0:
            try:
                self._fd = os.open(self._download.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                self._download.wait(self._check)  # removed, as it was wrong: the download says so
                raise
        data = os.pread(self._fd, count, at)
        if self._download.beginnings != self.beginning:  # it may have been taken away meanwhile
            raise Restarted
        return data

    def digest(self) -> str:
        """See Source; it was verified when it was downloaded."""
        while self.read(1 << 20):
            pass
        return self._name

    def take(self, target: str) -> str:
        """See Source: a second name, as others may want the download too."""
        if not self._download.done.is_set() or self._download.error is not None:
            raise Invalid(f"layer {self._name} is not complete")
        self._taken = link(self._download.path, target)
        return target

    def stop(self) -> None:
        """See Source."""
        with self._download.changed:
            self._stopped = True
            self._download.changed.notify_all()

    def close(self) -> None:
        """See Source."""
        if self._fd >= 0:
            os.close(self._fd)
        if self._taken:
            remove_if_there(self._taken)
