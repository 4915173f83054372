"""One blob into a file: resumed where an earlier try ended, its size and digest checked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hutch.linux.files import write_all
from hutch.model import digest
from hutch.model.errors import HutchError, Invalid, NotFound
from hutch.registry import retry
from hutch.registry.client import Busy, Registry, described
from hutch.registry.manifests import pull_scope
from hutch.registry.transport import Response, Unreachable

_PIECE = 1 << 18
_ERROR = 1 << 20


class Place(NamedTuple):
    """Where a blob can be had: a path below ``/v2/`` of a registry, or a URL outside of it."""

    registry: Registry
    path: str
    scopes: tuple[str, ...] = ()


def places(registries: Sequence[Registry], repository: str, name: str, urls: Sequence[str] = ()) -> list[Place]:
    """The blob ``name`` in a repository of each of ``registries``, then at the ``urls`` that its manifest gives."""
    found = []
    for registry in registries:
        there = registry.endpoint.repository(repository)
        found.append(Place(registry, f"{there}/blobs/{name}", (pull_scope(there),)))
    return found + [Place(registries[-1], url) for url in urls]


class Blob:
    """A blob that is to be fetched into the file ``path``, which keeps what came already."""

    def __init__(
        self, places: Sequence[Place], name: str, size: int, path: str, *,
        seen: Callable[[int], None] = lambda _: None,
        wait: Callable[[float], None],
        served: Callable[[Place], None] = lambda _: None,
        attempts: int = 5,
    ) -> None:  # fmt: skip
        """The ``places`` are asked in order, each going on where the one before ended. ``seen`` is told how many bytes
        are there, which become fewer when what came turns out to be wrong, and before it is taken away; ``wait`` waits
        seconds before a retry; both may raise to stop. ``served`` is told of a place that begins to send."""
        self._place, *self._others = places
        self._name, self._size = name, size
        self._path, self._seen, self._wait, self._attempts = path, seen, wait, attempts
        self._served = served
        self._hash = hashlib.new(digest.check(name).partition(":")[0])
        self._count = 0
        self._fd = -1

    def fetch(self) -> None:
        """Fetch what is missing. Raises Invalid if the content is another one (the file is removed then), NotFound,
        or the last failure when ``attempts`` in a row brought nothing."""
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            kept = self._take_what_is_there()
            self._rest()
            while not self._is_right():
                # What an earlier try or place left may be what is wrong: once more from the start.
                if not kept and not self._next():
                    os.unlink(self._path)
                    raise Invalid(f"filesystem layer verification failed for digest {self._name}")
                kept = False
                self._restart()
                self._rest()
        finally:
            os.close(self._fd)

    def _is_right(self) -> bool:
        return self._hash.hexdigest() == self._name.partition(":")[2]

    def _take_what_is_there(self) -> bool:
        """Hash the part that an earlier try left; whether there was one."""
        while data := os.read(self._fd, 1 << 20):
            self._hash.update(data)
            self._count += len(data)
            self._seen(min(self._count, self._size))
        if self._count > self._size:
            self._restart()
        return self._count > 0

    def _next(self) -> bool:
        """Go on with the next place, if there is one."""
        if self._others:
            self._place = self._others.pop(0)
            return True
        return False

    def _restart(self) -> None:
        if self._count:
            self._seen(0)
        os.ftruncate(self._fd, 0)
        os.lseek(self._fd, 0, os.SEEK_SET)
        self._hash = hashlib.new(self._name.partition(":")[0])
        self._count = 0

    def _rest(self) -> None:
        failures = 0
        while self._count < self._size:
            before = self._count
            try:
                self._once()
                continue
            except (Busy, Unreachable) as error:
                failures = 1 if self._count > before else failures + 1
                if failures >= self._attempts or (isinstance(error, Unreachable) and error.final and failures > 1):
                    if not self._next():
                        raise
                    failures = 0
                    continue
                after = getattr(error, "after", "")
            except HutchError:
                if not self._next():
                    raise
                failures = 0
                continue
            self._wait(retry.delay(failures, after))
        self._seen(self._count)

    def _once(self) -> None:
        """One request for what is missing; raises Unreachable if the body ends early."""
        headers = {"Range": f"bytes={self._count}-{self._size - 1}"} if self._count else {}
        answer = self._place.registry.send("GET", self._place.path, self._place.scopes, headers)
        try:
            self._begin(answer)
            self._served(self._place)
            while data := answer.read(_PIECE):
                if self._count + len(data) > self._size:
                    raise Invalid(f"blob {self._name} is larger than the {self._size} bytes that its manifest says")
                write_all(self._fd, data)
                self._hash.update(data)
                self._count += len(data)
                self._seen(self._count)
        finally:
            answer.close()
        if self._count < self._size:
            raise Unreachable(f"{answer.url}: unexpected EOF")

    def _begin(self, answer: Response) -> None:
        """See that the answer begins where we ended; a server without ranges begins again."""
        if answer.status == 404:
            raise NotFound(f"blob {self._name}: {described(404, answer.whole(_ERROR))}")
        start = 0
        if answer.status == 206:
            span = answer.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0].strip()
            start = int(span) if span.isdigit() else -1
        if start != self._count:
            self._restart()
        if start not in (0, self._count) or answer.status == 416:
            raise Unreachable(f"{answer.url}: the server does not serve the range that was asked for")
