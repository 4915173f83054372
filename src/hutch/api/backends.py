"""What the routes need from the rooms below: one narrow Protocol a noun.

``daemon/wiring.py`` hands in the objects. All errors are ``hutch.model.errors``; ``api/errors.py`` alone turns them
into HTTP. References (``ref``) are a name, a full id or an unambiguous id prefix. Dictionaries named ``...Body`` are
JSON of the Engine API, already decoded; results that are dictionaries are the JSON answer of API 1.55, from which
``api/versions.py`` removes what an older client must not see.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from hutch.model.platform import Platform

Json = dict[str, Any]
Rows = list[Json]
Filters = Mapping[str, Sequence[str]]


class Hijack(Protocol):
    """A client connection that can leave HTTP and become a raw two-way stream (Engine API, attach and exec start)."""

    async def take(self, content_type: str) -> tuple[int, bytes]:
        """Answer 101 (or 200 without Upgrade), detach the connection from HTTP and give it away.

        Returns a file descriptor of a stream socket that the caller now owns (for TLS a socketpair that the server
        pumps), and the bytes that the client sent after its request head and body and that were read already.
        The descriptor is non-blocking and close-on-exec. Raises ConnectionError when the client is gone already.
        Errors raised before ``take`` are answered as JSON; after it the connection is the caller's alone.
        """
        ...


class ByteStream(Protocol):
    """A request body that is read as it arrives."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class ContainersBackend(Protocol):
    """The life of containers (``engine``)."""

    async def create(self, name: str | None, platform: str | None, body: Json) -> Json: ...
    async def start(self, ref: str) -> None: ...
    async def stop(self, ref: str, signal: str | None, timeout: int | None) -> None: ...
    async def restart(self, ref: str, signal: str | None, timeout: int | None) -> None: ...
    async def kill(self, ref: str, signal: str | None) -> None: ...
    async def pause(self, ref: str) -> None: ...
    async def unpause(self, ref: str) -> None: ...
    async def rename(self, ref: str, name: str) -> None: ...
    async def update(self, ref: str, body: Json) -> Json: ...
    async def remove(self, ref: str, *, force: bool, volumes: bool, link: bool) -> None: ...
    async def wait(self, ref: str, condition: str) -> Json:
        """Blocks until the condition; raises NotFound before blocking. Answers {"StatusCode": n, "Error": ...}."""
        ...

    async def wait_ready(self, ref: str, condition: str) -> AsyncIterator[Json]:
        """Yields {} once the wait is registered (headers may be sent), then the answer of :meth:`wait`."""
        ...

    async def prune(self, filters: Filters) -> Json: ...
    def list(self, *, everything: bool, limit: int, size: bool, filters: Filters) -> Rows: ...
    def inspect(self, ref: str, *, size: bool = False) -> Json: ...
    async def top(self, ref: str, ps_args: str) -> Json: ...
    async def resize(self, ref: str, height: int, width: int) -> None: ...
    async def attach(
        self,
        ref: str,
        hijack: Hijack,
        *,
        stdin: bool,
        stdout: bool,
        stderr: bool,
        logs: bool,
        stream: bool,
        detach_keys: str | None,
        old_content_type: bool,
    ) -> None: ...
    async def logs(
        self,
        ref: str,
        *,
        stdout: bool,
        stderr: bool,
        follow: bool,
        since: str,
        until: str,
        timestamps: bool,
        tail: str,
        details: bool,
    ) -> tuple[bool, AsyncIterator[bytes]]:
        """(whether the container has a tty, the bytes of the answer: multiplexed frames unless it has)."""
        ...

    async def stats(self, ref: str, *, stream: bool, one_shot: bool) -> AsyncIterator[Json]: ...
    async def plan(self, body: Json) -> Rows:
        """Every kernel step of a container with this create body, in order, with its reference; nothing is run."""
        ...


class FilesBackend(Protocol):
    """What is in containers (``engine/files.py``)."""

    async def changes(self, ref: str) -> Rows | None: ...
    def export(self, ref: str) -> AsyncIterator[bytes]:
        """The tar of its file system. Errors about the container come from the call itself."""
        ...

    async def stat(self, ref: str, path: str) -> Json:
        """The PathStat of what is at a path in it."""
        ...

    async def read(self, ref: str, path: str) -> tuple[Json, AsyncIterator[bytes]]:
        """The PathStat and the tar of what is at a path in it."""
        ...

    async def write(self, ref: str, path: str, body: ByteStream, *, keep_kinds: bool, copy_owner: bool) -> None:
        """Unpack a tar into a folder of it. ``keep_kinds``: no folder replaces something else or is replaced by it;
        ``copy_owner``: all becomes its user's."""
        ...

    async def commit(
        self,
        ref: str,
        *,
        repo: str,
        tag: str,
        comment: str,
        author: str,
        pause: bool,
        changes: Sequence[str],
        body: Json,
    ) -> str:
        """The id of an image made from the container; ``body`` is a ContainerConfig that overrides its own."""
        ...


class ExecsBackend(Protocol):
    """Further processes in running containers (``engine/exec.py``)."""

    async def create(self, ref: str, body: Json, exec_id: str = "") -> str:
        """Prepare a process; ``exec_id`` is its id if the client drew one. Raises Invalid, Conflict, NotFound."""
        ...

    async def start(
        self,
        exec_id: str,
        hijack: Hijack | None,
        *,
        tty: bool,
        console_size: tuple[int, int] | None,
        old_content_type: bool,
        status: bool = False,
    ) -> None:
        """Start it; ``hijack`` is None for a detached exec. ``status``: the stream ends with the exit code."""
        ...

    async def resize(self, exec_id: str, height: int, width: int) -> None: ...
    async def wait(self, exec_id: str) -> int:
        """The exit code of its process, when that has ended. Raises NotFound."""
        ...

    def inspect(self, exec_id: str) -> Json: ...


class ImagesBackend(Protocol):
    """Images in the local store (``images``). ``wanted`` are platforms: an image for none of them is NotFound."""

    def list(
        self, *, everything: bool, filters: Filters, shared_size: bool, digests: bool, manifests: bool
    ) -> Rows: ...
    def inspect(self, ref: str, wanted: Sequence[Platform] = ()) -> Json: ...
    def history(self, ref: str, wanted: Sequence[Platform] = ()) -> Sequence[Json]: ...
    async def tag(self, ref: str, repo: str, tag: str) -> None: ...
    async def remove(
        self, ref: str, *, force: bool, prune: bool, wanted: Sequence[Platform] = ()
    ) -> Sequence[Json]: ...
    def load(self, body: ByteStream, *, quiet: bool, wanted: Sequence[Platform] = ()) -> AsyncIterator[Json]:
        """Progress objects as ``docker load`` expects them; errors after the first object are the last object."""
        ...

    def save(self, refs: Sequence[str], wanted: Sequence[Platform] = ()) -> AsyncIterator[bytes]: ...
    def import_(
        self, body: ByteStream, *, repo: str, tag: str, message: str, changes: Sequence[str], platform: str,
        source: str,
    ) -> AsyncIterator[Json]:  # fmt: skip
        """Progress objects; the archive is the body, or what is at the URL ``source``."""
        ...

    def pull(
        self, name: str, tag: str, platform: str, auth: Json | None, *, insecure: bool = False, explain: bool = False
    ) -> AsyncIterator[Json]:
        """Progress objects of a pull; ``tag`` may be a digest; without a tag all of them are pulled. ``insecure``: the
        registry may be one without a trusted certificate; ``explain``: which server gave what is told, too."""
        ...

    def push(self, name: str, tag: str, auth: Json | None) -> AsyncIterator[Json]:
        """Progress objects of a push; without a tag all of the repository are pushed."""
        ...

    async def distribution(self, name: str, auth: Json | None) -> Json: ...
    async def manifest(self, name: str, auth: Json | None, *, insecure: bool) -> Json:
        """The manifest of a name in its registry, or all of its list: ``{"List", "Manifests": [{Ref, Descriptor,
        Raw}]}``."""
        ...

    async def push_manifests(self, name: str, body: Json, auth: Json | None, *, insecure: bool) -> Json:
        """Put a list and its manifests into a repository: ``{"Digest", "Pushed"}``."""
        ...

    async def search(self, term: str, limit: int, filters: Filters, auth: Json | None) -> Sequence[Json]: ...
    async def login(self, auth: Json) -> str:
        """The identity token for these credentials, or "" if they are good as they are. Raises Unauthorized."""
        ...

    def bootstrap(self, name: str, *, variant: str, include: Sequence[str], mirror: str) -> AsyncIterator[Json]: ...
    async def prune(self, filters: Filters) -> Json: ...
    async def gc(self, *, dry: bool) -> Json:
        """Apply the watermarks now (``dry``: only say what would go); see ``images/gc.py``."""
        ...

    def fsck(self, *, quick: bool, repair: bool) -> AsyncIterator[Json]:
        """What is damaged, as objects with ``status``, ``damage``, ``mended`` or ``left``, and ``summary`` at last."""
        ...


class VolumesBackend(Protocol):
    """Named volumes (``volumes``)."""

    def list(self, filters: Filters) -> Json: ...
    def inspect(self, name: str) -> Json: ...
    async def create(self, body: Json) -> Json: ...
    async def remove(self, name: str, *, force: bool) -> None: ...
    async def prune(self, filters: Filters) -> Json: ...


class NetworksBackend(Protocol):
    """Networks (``network``); this far the predefined ones."""

    def list(self, filters: Filters) -> Rows: ...
    async def prune(self, filters: Filters) -> Json: ...
    def inspect(self, ref: str) -> Json: ...


class SystemBackend(Protocol):
    """The daemon itself."""

    def info(self) -> Json: ...
    def version(self) -> Json: ...
    def events(self, since: str, until: str, filters: Filters) -> AsyncIterator[Json]: ...
    async def disk_usage(self, kinds: Sequence[str]) -> Json:
        """``GET /system/df`` in the form of API 1.55, with all items. Raises Invalid for a kind that is none."""
        ...


class LifecycleBackend(Protocol):
    """What the daemon needs of the rooms as a whole."""

    async def close(self, *, stop_containers: bool, timeout: int) -> None:
        """End of the daemon: flush and close everything; called once, after the listeners are closed.

        ``stop_containers`` is false with live-restore (the default); else containers are stopped first, each within
        its own stop timeout and all within ``timeout`` seconds (negative: no limit).
        """
        ...

    async def reload(self, settings: Json) -> None:
        """SIGHUP: take over the reloadable settings (``Config.describe``) and publish the daemon's reload event."""
        ...


class Backends:
    """Everything the routes call, one object a noun; what ``daemon/wiring.py`` returns."""

    __slots__ = ("containers", "execs", "files", "images", "lifecycle", "networks", "system", "volumes")

    def __init__(
        self,
        *,
        containers: ContainersBackend,
        execs: ExecsBackend,
        files: FilesBackend,
        images: ImagesBackend,
        volumes: VolumesBackend,
        networks: NetworksBackend,
        system: SystemBackend,
        lifecycle: LifecycleBackend,
    ) -> None:
        self.containers = containers
        self.execs = execs
        self.files = files
        self.images = images
        self.volumes = volumes
        self.networks = networks
        self.system = system
        self.lifecycle = lifecycle
