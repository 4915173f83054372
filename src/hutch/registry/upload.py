"""One blob to a repository: not at all if it is there, by a mount from another repository, else sent, and resumed."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import quote

from hutch.model.errors import System, Unavailable
from hutch.registry.client import Registry, missing
from hutch.registry.manifests import pull_scope, push_scope
from hutch.registry.transport import Content, Response

PIECE = 32 << 20  # bytes of one request of a large upload: gateways in front of registries limit what they take
_ANSWER = 1 << 20

Open = Callable[[int], Content]


class Lost(Unavailable):
    """The registry knows nothing of an upload any more."""


def exists(registry: Registry, repository: str, name: str) -> bool:
    """Whether the repository has the blob."""
    answer = registry.patient("HEAD", f"{repository}/blobs/{name}", [push_scope(repository)])
    answer.whole(_ANSWER)
    return answer.status == 200


def mount(registry: Registry, repository: str, name: str, source: str) -> tuple[bool, str]:
    """(whether the blob was taken over from the repository ``source``, else where to upload it)."""
    scopes = [push_scope(repository), pull_scope(source)]
    query = f"?mount={quote(name, safe='')}&from={quote(source, safe='')}"
    answer = registry.patient("POST", f"{repository}/blobs/uploads/{query}", scopes, body=b"")
    answer = missing(answer, f"repository {repository}")
    location = answer.headers.get("location", "")
    answer.whole(_ANSWER)
    return answer.status == 201, registry.locate(location) if location else ""


def begin(registry: Registry, repository: str) -> str:
    """Where to upload a blob."""
    answer = registry.patient("POST", f"{repository}/blobs/uploads/", [push_scope(repository)], body=b"")
    answer = missing(answer, f"repository {repository}")
    location = answer.headers.get("location", "")
    answer.whole(_ANSWER)
    if answer.status != 202 or not location:
        raise System(f"the registry does not say where to upload to ({answer.url})")
    return registry.locate(location)


class Upload:
    """A blob on its way to ``location``: small ones in one request, others in pieces, and after a broken link from
    where the registry says that it has it (distribution, "Pushing a blob in chunks", "Resumable push")."""

    def __init__(
        self, registry: Registry, repository: str, name: str, location: str, opened: Open, size: int,
        seen: Callable[[int], None], piece: int = PIECE,
    ) -> None:  # fmt: skip
        """``opened`` opens the blob at an offset, as often as it must be; ``seen`` is told how much was sent."""
        self._registry, self._scopes = registry, [push_scope(repository)]
        self._repository, self._name, self._location = repository, name, location
        self._opened, self._size, self._seen, self._piece = opened, size, seen, piece
        self.sent = 0
        """Bytes that the registry has confirmed."""

        self._begun = False

    def run(self) -> None:
        """Send what is missing. Raises Unreachable or Busy, after which it can be run again; Lost, after which a new
        one must be begun; and what the registry objects to."""
        if self._size <= self._piece:
            self._finish(0, self._size)
            return
        if self._begun:
            self._ask()
        self._begun = True
        while self.sent < self._size:
            if not self._send(self.sent, min(self._piece, self._size - self.sent)):
                return
        self._finish(self._size, 0)

    def _send(self, start: int, count: int) -> bool:
        """Send a piece. If the registry takes none, send the whole instead; then there is nothing left to do."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(count),
            "Content-Range": f"{start}-{start + count - 1}",
        }
        body = self._body(start, count)
        try:
            answer = self._registry.send("PATCH", self._location, self._scopes, headers, body)
        except System:
            if start:
                raise
            self._location = begin(self._registry, self._repository)
            self._finish(0, self._size)
            return False
        if answer.status == 404:
            answer.close()
            raise Lost(f"upload of {self._name} is not known to the registry any more")
        if answer.status == 416:
            answer.whole(_ANSWER)
            self._ask()
            return True
        self._confirmed(answer, start + count)
        return True

    def _ask(self) -> None:
        """Hear how much the registry has."""
        answer = self._registry.send("GET", self._location, self._scopes)
        if answer.status != 204:
            answer.close()
            raise Lost(f"upload of {self._name} is not known to the registry any more")
        self._confirmed(answer, 0)

    def _confirmed(self, answer: Response, default: int) -> None:
        location, there = answer.headers.get("location", ""), answer.headers.get("range", "")
        answer.whole(_ANSWER)
        if location:
            self._location = self._registry.locate(location)
        end = there.removeprefix("bytes=").partition("-")[2]
        # "0-0" is what registries say that have nothing.
        self.sent = (0 if end == "0" else int(end) + 1) if end.isdigit() else default
        if self.sent > self._size:
            raise Lost(f"the registry has more of {self._name} than there is")

    def _finish(self, start: int, count: int) -> None:
        """The request that ends an upload: its digest in the query, the last bytes as the body."""
        joint = "&" if "?" in self._location else "?"
        url = f"{self._location}{joint}digest={quote(self._name, safe='')}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(count)}
        answer = self._registry.send("PUT", url, self._scopes, headers, self._body(start, count) if count else b"")
        if answer.status == 404:
            answer.close()
            raise Lost(f"upload of {self._name} is not known to the registry any more")
        answer.whole(_ANSWER)
        if answer.status != 201:
            raise System(f"the registry answered an upload with status {answer.status} ({answer.url})")
        self.sent = self._size

    def _body(self, start: int, count: int) -> Callable[[], Content]:
        return lambda: Part(self._opened(start), start, count, self._seen)


class Part:
    """So much of a file as one request is to have; it tells how far the file was read."""

    def __init__(self, file: Content, start: int, count: int, seen: Callable[[int], None]) -> None:
        self._file, self._at, self._left, self._seen = file, start, count, seen

    def read(self, count: int = -1, /) -> bytes:
        """As of any file."""
        data = self._file.read(self._left if count < 0 else min(count, self._left))
        self._at += len(data)
        self._left -= len(data)
        self._seen(self._at)
        return data

    def close(self) -> None:
        """As of any file."""
        self._file.close()


def opener(path: str) -> Open:
    """Opens ``path`` to be sent, as often as it must be."""

    def opened(start: int) -> Content:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        os.lseek(fd, start, os.SEEK_SET)
        return os.fdopen(fd, "rb", buffering=0)

    return opened
