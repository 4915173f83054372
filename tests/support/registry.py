"""A registry of a few lines on loopback that misbehaves as it is told: cut links, 429, expired tokens, wrong bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(files: dict[str, bytes]) -> bytes:
    """An uncompressed layer, owned by whoever runs this."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.uid, info.gid = len(content), os.getuid(), os.getgid()
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


class FakeRegistry:
    """Blobs and manifests in memory. ``log`` has every request as (method, path, Authorization, Range)."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.log: list[tuple[str, str, str, str]] = []
        self.sent = 0
        self.busy = self.busiest = 0  # answers with blobs over 64 KiB that are being sent, at a time
        self.cuts: list[int] = []  # the next answers with blobs over 64 KiB end after so many bytes
        self.refusals: list[tuple[int, str]] = []  # the next answers: status and Retry-After
        self.user: tuple[str, str] | None = None
        self.tokens: dict[str, float] = {}
        self.token_life: float | None = None  # with one, Bearer tokens are asked for
        self.redirect = ""  # blobs are at this base URL
        self.ranges = True
        self.pause = 0.0
        self.upload_pause = 0.0
        self.busy_uploads = self.busiest_uploads = 0
        self.mounts = True  # whether blobs are taken over from other repositories
        self.hidden = ""  # a repository without blobs
        self.found: list[dict[str, Any]] | None = None  # what a search finds; None: there is no search
        self.uploads: dict[str, bytearray] = {}
        self.upload_cuts: list[int] = []  # the next PATCH requests are read so far, then the link is cut
        self.patches = True  # whether uploads in pieces are known
        self.forgets = False  # whether an upload is forgotten when its link is cut
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"registry": self})
        self.server = _Server(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def blob(self, data: bytes) -> str:
        self.blobs[sha256(data)] = data
        return sha256(data)

    def image(self, repo: str, tag: str, *layers: bytes, arch: str = "amd64", media_type: str = MANIFEST) -> str:
        """Put an image with these uncompressed layers (sent gzipped); the manifest's digest."""
        config = json.dumps(
            {"os": "linux", "architecture": arch, "config": {},
             "rootfs": {"type": "layers", "diff_ids": [sha256(one) for one in layers]}}
        ).encode()  # fmt: skip
        packed = [gzip.compress(one, mtime=0) for one in layers]
        kind = "application/vnd.docker.image.rootfs.diff.tar.gzip"
        manifest = {
            "schemaVersion": 2, "mediaType": media_type,
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": self.blob(config),
                       "size": len(config)},
            "layers": [{"mediaType": kind, "digest": self.blob(one), "size": len(one)} for one in packed],
        }  # fmt: skip
        return self.manifest(repo, tag, json.dumps(manifest).encode(), media_type)

    def manifest(self, repo: str, tag: str, raw: bytes, media_type: str) -> str:
        for name in (tag, sha256(raw)):
            self.manifests[repo, name] = media_type, raw
        return sha256(raw)

    def requests(self, part: str) -> list[tuple[str, str, str, str]]:
        return [entry for entry in self.log if part in entry[1]]


class _Server(ThreadingHTTPServer):
    """One whose clients may hang up whenever they like."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _error(self, status: int, code: str, message: str, **headers: str) -> None:
        self._answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(), **headers)

    def _serve(self) -> None:
        registry = self.registry
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        cut = registry.upload_cuts.pop(0) if self.command == "PATCH" and registry.upload_cuts else length
        body = self.rfile.read(cut) if cut else b""
        entry = (self.command, self.path, self.headers.get("Authorization", ""), self.headers.get("Range", ""))
        with registry.lock:
            registry.log.append(entry)
            refusal = registry.refusals.pop(0) if registry.refusals and url.path != "/token" else None
        if cut < length:
            self._interrupted(url.path.rpartition("/")[2], body)
        elif refusal:
            self._error(refusal[0], "TOOMANYREQUESTS", "slow down", Retry_After=refusal[1])
        elif url.path == "/token":
            self._token()
        elif self._authorized():
            parts = url.path.removeprefix("/v2/").split("/")
            self._route(parts, parse_qs(url.query), body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = _serve

    def _interrupted(self, upload: str, body: bytes) -> None:
        if self.registry.forgets:
            self.registry.uploads.pop(upload, None)
        else:
            self.registry.uploads[upload] += body
        self.close_connection = True

    def _token(self) -> None:
        registry = self.registry
        if registry.user and self.headers.get("Authorization") != _basic(*registry.user):
            self._error(401, "UNAUTHORIZED", "incorrect username or password")
            return
        token = os.urandom(8).hex()
        registry.tokens[token] = time.monotonic() + (registry.token_life or 0)
        self._answer(200, json.dumps({"token": token, "expires_in": 300}).encode())

    def _authorized(self) -> bool:
        registry, sent = self.registry, self.headers.get("Authorization", "")
        if registry.token_life is not None:
            if registry.tokens.get(sent.removeprefix("Bearer "), 0) > time.monotonic():
                return True
            challenge = f'Bearer realm="http://{registry.host}/token",service="test",scope="repository:a:pull"'
        elif registry.user and sent != _basic(*registry.user):
            challenge = 'Basic realm="test"'
        else:
            return True
        self._error(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=challenge)
        return False

    def _route(self, parts: list[str], query: dict[str, list[str]], body: bytes) -> None:
        registry = self.registry
        if parts == [""]:
            self._answer(200, b"{}")
        elif parts[1:3] == ["v1", "search"] and registry.found is not None:
            self._answer(200, json.dumps({"results": registry.found}).encode())
        elif "uploads" in parts:
            putting = self.command == "PUT"
            with registry.lock:
                registry.busy_uploads += putting
                registry.busiest_uploads = max(registry.busiest_uploads, registry.busy_uploads)
            time.sleep(registry.upload_pause if putting else 0)
            self._upload(parts, query, body)
            with registry.lock:
                registry.busy_uploads -= putting
        elif parts[-2] == "blobs":
            self._blob("" if parts[0] == registry.hidden else parts[-1])
        elif parts[-2] == "manifests":
            repo, name = "/".join(parts[:-2]), parts[-1]
            if self.command == "PUT":
                registry.manifest(repo, name, body, self.headers["Content-Type"])
                self._answer(201, Docker_Content_Digest=sha256(body))
            elif (repo, name) in registry.manifests:
                media_type, raw = registry.manifests[repo, name]
                self._answer(200, raw, Content_Type=media_type)
            else:
                self._error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        elif parts[-2:] == ["tags", "list"]:
            repo = "/".join(parts[:-2])
            tags = sorted(name for r, name in registry.manifests if r == repo and ":" not in name)
            at = int(query.get("last", ["0"])[0])
            more = {"Link": f'</v2/{repo}/tags/list?last={at + 1}>; rel="next"'} if at + 1 < len(tags) else {}
            self._answer(200, json.dumps({"name": repo, "tags": tags[at : at + 1]}).encode(), **more)
        else:
            self._error(404, "UNSUPPORTED", "?")

    def _blob(self, name: str) -> None:
        registry = self.registry
        data = registry.blobs.get(name)
        if data is None:
            self._error(404, "BLOB_UNKNOWN", "blob unknown")
            return
        if registry.redirect:
            self._answer(307, Location=f"{registry.redirect}/v2/a/blobs/{name}")
            return
        start, asked = 0, self.headers.get("Range", "")
        if asked and registry.ranges:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.command == "HEAD":
            return
        big = len(data) > 1 << 16
        with registry.lock:
            registry.busy += big
            registry.busiest = max(registry.busiest, registry.busy)
        try:
            self._send(data, start)
        finally:
            with registry.lock:
                registry.busy -= big

    def _send(self, data: bytes, start: int) -> None:
        registry, rest = self.registry, data[start:]
        cut = registry.cuts.pop(0) if registry.cuts and len(data) > 1 << 16 else len(rest)
        for at in range(0, min(cut, len(rest)), 1 << 16):
            piece = rest[at : min(at + (1 << 16), cut)]
            self.wfile.write(piece)
            registry.sent += len(piece) if len(data) > 1 << 16 else 0
            time.sleep(registry.pause)
        if cut < len(rest):
            self.close_connection = True

    def _upload(self, parts: list[str], query: dict[str, list[str]], body: bytes) -> None:
        registry = self.registry
        repo = "/".join(parts[: parts.index("blobs")])
        if self.command == "POST":
            if registry.mounts and query.get("mount", [""])[0] in registry.blobs:
                self._answer(201, Location=f"/v2/{repo}/blobs/{query['mount'][0]}")
                return
            upload = os.urandom(4).hex()
            registry.uploads[upload] = bytearray()
            self._answer(202, Location=f"/v2/{repo}/blobs/uploads/{upload}?state=1")
            return
        upload = parts[-1]
        if upload not in registry.uploads:
            self._error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
            return
        there = registry.uploads[upload]
        if self.command == "PATCH" and not registry.patches:
            self._error(405, "UNSUPPORTED", "the operation is unsupported")
            return
        if self.command == "PATCH" and int(self.headers["Content-Range"].partition("-")[0]) != len(there):
            self._error(416, "RANGE_INVALID", "invalid content range")
            return
        if self.command in ("PATCH", "GET"):
            there += body
            where = f"/v2/{repo}/blobs/uploads/{upload}?state=2"
            status = 202 if self.command == "PATCH" else 204
            self._answer(status, Location=where, Range=f"0-{max(len(there) - 1, 0)}")
            return
        name, body = query["digest"][0], bytes(there) + body
        if sha256(body) != name:
            self._error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            return
        registry.blobs[name] = body
        self._answer(201, Location=f"/v2/{repo}/blobs/{name}")


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
