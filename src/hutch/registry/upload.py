"""One blob to a repository: not at all if it is there, by a mount from another repository, else sent."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import quote

from hutch.model.errors import System
from hutch.registry.client import Registry, missing
from hutch.registry.manifests import pull_scope, push_scope
from hutch.registry.transport import Content

_ANSWER = 1 << 20


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


def send(
    registry: Registry, repository: str, name: str, location: str, opened: Callable[[], Content], size: int,
    seen: Callable[[int], None],
) -> None:  # fmt: skip
    """Upload the blob at ``location`` in one request: its digest in the query, its bytes as the body."""
    joint = "&" if "?" in location else "?"
    url = f"{location}{joint}digest={quote(name, safe='')}"
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    answer = registry.send("PUT", url, [push_scope(repository)], headers, lambda: Counted(opened(), seen))
    answer = missing(answer, "upload")
    answer.whole(_ANSWER)
    if answer.status != 201:
        raise System(f"the registry answered an upload with status {answer.status} ({answer.url})")


class Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: Content, seen: Callable[[int], None]) -> None:
        self._file, self._seen, self._count = file, seen, 0

    def read(self, count: int = -1, /) -> bytes:
        """As of any file."""
        data = self._file.read(count)
        self._count += len(data)
        self._seen(self._count)
        return data

    def close(self) -> None:
        """As of any file."""
        self._file.close()


def opener(path: str) -> Callable[[], Content]:
    """Opens ``path`` to be sent, as often as it must be."""
    return lambda: os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb", buffering=0)
