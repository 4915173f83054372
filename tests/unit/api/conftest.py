"""A small engine in memory, and a caller that sends requests through the whole server without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from hutch.api import errors, table
from hutch.api.backends import Backends, ByteStream, Filters, Hijack, Json
from hutch.api.http.body import Body
from hutch.api.http.head import Head
from hutch.api.http.hijack import SocketHijack
from hutch.api.replies import Hijacked, Reply, Stream
from hutch.api.server import Server
from hutch.model.errors import NotFound, NotModified
from hutch.model.platform import Platform


class Containers:
    """Containers that are rows in a dictionary; every call is kept in ``calls``."""

    def __init__(self) -> None:
        self.rows: dict[str, Json] = {}
        self.calls: list[tuple[str, Any]] = []

    def row(self, ref: str) -> Json:
        if ref not in self.rows:
            raise NotFound(f"No such container: {ref}")
        return self.rows[ref]

    async def create(self, name: str | None, platform: str | None, body: Json) -> Json:
        self.rows[name or "anon"] = {"Id": name, "State": "created", "Platform": platform, **body}
        return {"Id": name, "Warnings": []}

    async def start(self, ref: str) -> None:
        if self.row(ref)["State"] == "running":
            raise NotModified("running")
        self.row(ref)["State"] = "running"

    async def stop(self, ref: str, signal: str | None, timeout: int | None) -> None:
        self.calls.append(("stop", (signal, timeout)))
        self.row(ref)["State"] = "exited"

    restart = stop

    async def kill(self, ref: str, signal: str | None) -> None:
        self.calls.append(("kill", signal))

    async def pause(self, ref: str) -> None:
        self.row(ref)["State"] = "paused"

    async def unpause(self, ref: str) -> None:
        self.row(ref)["State"] = "running"

    async def rename(self, ref: str, name: str) -> None:
        self.rows[name] = self.rows.pop(ref)

    async def remove(self, ref: str, *, force: bool, volumes: bool, link: bool) -> None:
        self.calls.append(("remove", (force, volumes, link)))
        self.row(ref)
        del self.rows[ref]

    async def wait(self, ref: str, condition: str) -> Json:
        return {"StatusCode": 3}

    async def wait_ready(self, ref: str, condition: str) -> AsyncIterator[Json]:
        self.row(ref)
        self.calls.append(("wait", condition))

        async def steps() -> AsyncIterator[Json]:
            yield {}
            yield await self.wait(ref, condition)

        return steps()

    async def prune(self, filters: Filters) -> Json:
        return {"ContainersDeleted": [], "SpaceReclaimed": 0, "Filters": dict(filters)}

    def list(self, *, everything: bool, limit: int, size: bool, filters: Filters) -> list[Json]:
        self.calls.append(("list", (everything, limit, size, dict(filters))))
        return list(self.rows.values())

    def inspect(self, ref: str, *, size: bool = False) -> Json:
        return self.row(ref)

    async def top(self, ref: str, ps_args: str) -> Json:
        return {"Titles": [ps_args], "Processes": []}

    async def resize(self, ref: str, height: int, width: int) -> None:
        self.calls.append(("resize", (height, width)))

    async def attach(self, ref: str, hijack: Hijack, **options: Any) -> None:
        self.row(ref)
        self.calls.append(("attach", options))

    async def logs(self, ref: str, **options: Any) -> tuple[bool, AsyncIterator[bytes]]:
        self.row(ref)
        self.calls.append(("logs", options))

        async def pieces() -> AsyncIterator[bytes]:
            yield b"line\n"

        return bool(self.row(ref).get("Tty")), pieces()

    async def stats(self, ref: str, *, stream: bool, one_shot: bool) -> AsyncIterator[Json]:
        self.row(ref)

        async def samples() -> AsyncIterator[Json]:
            yield {"stream": stream, "one_shot": one_shot}

        return samples()

    async def plan(self, body: Json) -> list[Json]:
        return [{"step": "clone3", "body": body}]


class Execs:
    """Execs that only remember."""

    def __init__(self) -> None:
        self.started: list[Any] = []

    async def create(self, ref: str, body: Json, exec_id: str = "") -> str:
        return exec_id or f"exec-in-{ref}"

    async def wait(self, exec_id: str) -> int:
        if exec_id == "gone":
            raise NotFound(f"No such exec instance: {exec_id}")
        return 7

    async def start(self, exec_id: str, hijack: Hijack | None, **options: Any) -> None:
        self.started.append((exec_id, hijack is None, options))

    async def resize(self, exec_id: str, height: int, width: int) -> None:
        raise NotFound(f"No such exec instance: {exec_id}")

    def inspect(self, exec_id: str) -> Json:
        return {"ID": exec_id}


class Files:
    """What is in containers, one of which is none."""

    def __init__(self) -> None:
        self.asked: list[Json] = []

    async def changes(self, ref: str) -> list[Json] | None:
        return [{"Path": f"/{ref}", "Kind": 0}]

    def export(self, ref: str) -> AsyncIterator[bytes]:
        if ref == "none":
            raise NotFound(f"No such container: {ref}")

        async def pieces() -> AsyncIterator[bytes]:
            yield f"tar of {ref}".encode()

        return pieces()

    async def stat(self, ref: str, path: str) -> Json:
        if path == "/none":
            raise NotFound(f"Could not find the file {path} in container {ref}")
        return {"name": path}

    async def read(self, ref: str, path: str) -> tuple[Json, AsyncIterator[bytes]]:
        return await self.stat(ref, path), self.export(ref)

    async def write(self, ref: str, path: str, body: ByteStream, *, keep_kinds: bool, copy_owner: bool) -> None:
        data = b"".join([piece async for piece in body])
        self.asked.append({"path": path, "data": data, "keep_kinds": keep_kinds, "copy_owner": copy_owner})

    async def commit(self, ref: str, **options: Any) -> str:
        self.asked.append(options)
        return f"sha256:{ref}"


class Images:
    """Images that are names."""

    def __init__(self) -> None:
        self.names = {"busybox:latest"}
        self.calls: list[tuple[str, Any]] = []

    def list(
        self, *, everything: bool, filters: Filters, shared_size: bool, digests: bool, manifests: bool
    ) -> list[Json]:
        return [{"RepoTags": [name], "Size": 1, "Manifests": [], "f": dict(filters)} for name in sorted(self.names)]

    def inspect(self, ref: str, wanted: Sequence[Platform] = ()) -> Json:
        if ref not in self.names:
            raise NotFound(f"No such image: {ref}")
        return {"RepoTags": [ref], **({"wanted": [str(one) for one in wanted]} if wanted else {})}

    def history(self, ref: str, wanted: Sequence[Platform] = ()) -> list[Json]:
        return [{"Id": ref}]

    async def tag(self, ref: str, repo: str, tag: str) -> None:
        self.names.add(f"{repo}:{tag}")

    async def remove(self, ref: str, *, force: bool, prune: bool, wanted: Sequence[Platform] = ()) -> list[Json]:
        self.calls.append(("remove", (force, prune)))
        return [{"Untagged": ref}]

    async def load(self, body: ByteStream, *, quiet: bool, wanted: Sequence[Platform] = ()) -> AsyncIterator[Json]:
        data = b"".join([piece async for piece in body])
        yield {"stream": f"Loaded {len(data)} quietly={quiet}\n"}

    async def save(self, refs: Any, wanted: Sequence[Platform] = ()) -> AsyncIterator[bytes]:
        for ref in refs:
            self.inspect(ref)
            yield ref.encode()

    async def import_(self, body: ByteStream, **options: Any) -> AsyncIterator[Json]:
        yield {"status": (await anext(aiter(body))).decode(), **options}

    async def push(self, name: str, tag: str, auth: Json | None) -> AsyncIterator[Json]:
        self.calls.append(("push", (name, tag, auth)))
        yield {"status": "Pushing"}

    async def distribution(self, name: str, auth: Json | None) -> Json:
        return {"Descriptor": name}

    async def search(self, term: str, limit: int, filters: Filters, auth: Json | None) -> list[Json]:
        return [{"name": term, "star_count": limit, "f": dict(filters)}]

    async def manifest(self, name: str, auth: Json | None, *, insecure: bool) -> Json:
        return {"List": False, "Manifests": [name, auth, insecure]}

    async def push_manifests(self, name: str, body: Json, auth: Json | None, *, insecure: bool) -> Json:
        return {"Digest": name, "Pushed": [body, auth, insecure]}

    async def login(self, auth: Json) -> str:
        return str(auth.get("password", ""))

    async def pull(
        self, name: str, tag: str, platform: str, auth: Json | None, *, insecure: bool = False, explain: bool = False
    ) -> AsyncIterator[Json]:
        self.calls.append(("pull", (name, tag, platform, auth, *(["insecure"] * insecure), *(["explain"] * explain))))
        if name == "absent":
            raise NotFound("pull access denied for absent")
        yield {"status": "Pulling"}
        raise NotFound("gone halfway")

    async def bootstrap(self, name: str, **options: Any) -> AsyncIterator[Json]:
        yield {"status": name, **options}

    async def gc(self, *, dry: bool) -> Json:
        return {"dry": dry}

    async def fsck(self, *, quick: bool, repair: bool) -> AsyncIterator[Json]:
        yield {"summary": {"quick": quick, "repair": repair}}

    async def prune(self, filters: Filters) -> Json:
        return {"ImagesDeleted": [], "SpaceReclaimed": 0}


class Volumes:
    """Volumes that are names."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def list(self, filters: Filters) -> Json:
        return {"Volumes": sorted(self.names), "Warnings": None}

    def inspect(self, name: str) -> Json:
        if name not in self.names:
            raise NotFound(f"get {name}: no such volume")
        return {"Name": name}

    async def create(self, body: Json) -> Json:
        self.names.add(body.get("Name") or "anonymous")
        return {"Name": body.get("Name") or "anonymous"}

    async def remove(self, name: str, *, force: bool) -> None:
        if not force:
            self.inspect(name)
        self.names.discard(name)

    async def prune(self, filters: Filters) -> Json:
        return {"VolumesDeleted": [], "SpaceReclaimed": 0, "Filters": dict(filters)}


class Networks:
    """The one network there is."""

    def list(self, filters: Filters) -> list[Json]:
        return [{"Name": "bridge", "EnableIPv4": True, "Filters": dict(filters)}]

    async def prune(self, filters: Filters) -> Json:
        return {"NetworksDeleted": None}

    def inspect(self, ref: str) -> Json:
        if ref != "bridge":
            raise NotFound(f"network {ref} not found")
        return {"Name": "bridge", "EnableIPv4": True}


class Daemon:
    """Facts, and events that are given."""

    def __init__(self) -> None:
        self.given: list[Json] = []

    def info(self) -> Json:
        return {"ID": "x", "NRI": {}}

    def version(self) -> Json:
        return {"Version": "0"}

    async def disk_usage(self, kinds: Sequence[str]) -> Json:
        return {"VolumeUsage": {"TotalSize": 1, "Items": [{"Name": kind} for kind in kinds]}}

    async def events(self, since: str, until: str, filters: Filters) -> AsyncIterator[Json]:
        for event in self.given:
            yield event


class Lifecycle:
    """Nothing to end."""

    async def close(self, *, stop_containers: bool, timeout: int) -> None: ...
    async def reload(self, settings: Json) -> None: ...


class Answered:
    """An answer with its body read."""

    def __init__(self, answer: Reply | Stream | Hijacked, body: bytes) -> None:
        self.status = 101 if isinstance(answer, Hijacked) else answer.status
        self.headers = {} if isinstance(answer, Hijacked) else dict(answer.headers)
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Source:
    """A client's bytes, all there."""

    def __init__(self, data: bytes) -> None:
        self.buffer = bytearray(data)

    async def more(self, timeout: float | None = None) -> bool:
        return False

    def say_continue(self) -> None: ...


class Api:
    """The engine in memory behind the server."""

    def __init__(self) -> None:
        self.containers, self.execs, self.images, self.daemon = Containers(), Execs(), Images(), Daemon()
        self.volumes, self.files = Volumes(), Files()
        backends = Backends(
            containers=self.containers,
            execs=self.execs,
            files=self.files,
            images=self.images,
            volumes=self.volumes,
            networks=Networks(),
            system=self.daemon,
            lifecycle=Lifecycle(),
        )
        self.faults: list[BaseException] = []
        self.server = Server(table.routes(backends), release="0", report=lambda _w, error: self.faults.append(error))

    def __call__(
        self, request: str, body: bytes | Any = b"", *, guard: set[str] | None = None, **headers: str
    ) -> Answered:
        """Send ``METHOD /path?query``; a body that is not bytes is sent as JSON."""
        method, _, target = request.partition(" ")
        path, _, query = target.partition("?")
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("content-type", "application/json")
        fields["content-length"] = str(len(body))
        head = Head(method, path, query, fields)

        async def answer() -> Answered:
            source = Source(body)
            reading = Body(source, head)
            hijack = SocketHijack(source, head, reading)  # type: ignore[arg-type]  # never taken here
            answer = await self.server.serve(head, reading, hijack, guard=guard)
            if isinstance(answer, Stream):
                pieces = b""
                try:
                    async for piece in answer.pieces:
                        pieces += piece
                except Exception as error:
                    if not pieces:
                        reply = errors.reply_to(error)
                        return Answered(reply, reply.body)
                    assert answer.last_words is not None
                    pieces += answer.last_words(error)
                return Answered(answer, pieces)
            return Answered(answer, answer.body if isinstance(answer, Reply) else b"")

        return asyncio.run(answer())


@pytest.fixture
def api() -> Api:
    """A server with an engine in memory."""
    return Api()


@pytest.fixture
def call(api: Api) -> Callable[..., Answered]:
    """The same, when only answers matter."""
    return api
