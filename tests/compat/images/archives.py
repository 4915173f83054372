"""Archives for the exchange: one image with everything in it, and the same archive in other wrappings."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import zstandard

from support import boxes

CONFIG: dict[str, Any] = {
    "Cmd": ["serve", "--port", "80"],
    "Entrypoint": ["/bin/busybox"],
    "Env": [boxes.PATH, "GREETING=grüße aus 東京", "EMPTY="],
    "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
    "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 3_000_000_000, "Retries": 2},
    "Labels": {"org.example.one": "1", "two words": "a=b"},
    "OnBuild": ["RUN true"],
    "Shell": ["/bin/sh", "-ec"],
    "StopSignal": "SIGUSR1",
    "User": "user:staff",
    "Volumes": {"/data": {}},
    "WorkingDir": "/var/www",
}


def whole(name: str) -> bytes:
    """A docker-archive of an image with three layers, a whiteout, an opaque folder and every setting."""
    lower = boxes.layer({"etc/": "", "etc/keep": "1", "etc/gone": "2", "srv/": "", "srv/old": "3", "srv/older": "4"})
    upper = boxes.layer({"etc/.wh.gone": "", "srv/": "", "srv/.wh..wh..opq": "", "srv/new": "5"})
    return boxes.archive(name, [boxes.busybox_layer(), lower, upper], CONFIG)


def members(data: bytes) -> dict[str, bytes]:
    """The files of a tar."""
    result = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for entry in tar:
            file = tar.extractfile(entry) if entry.isfile() or entry.issym() or entry.islnk() else None
            if file is not None:
                result[entry.name.removeprefix("./")] = file.read()
    return result


def tar_of(files: dict[str, bytes]) -> bytes:
    """A tar with these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def layout(saved: bytes) -> bytes:
    """The OCI layout alone, of an archive that has both forms."""
    kept = {name: content for name, content in members(saved).items() if name not in ("manifest.json", "repositories")}
    assert "index.json" in kept
    return tar_of(kept)


def packed_layers(saved: bytes, kind: str) -> bytes:
    """The OCI layout with its layers compressed as ``kind``, as registries have them: other blobs, the same image."""
    files = members(layout(saved))
    index = json.loads(files["index.json"])
    for item in index["manifests"]:
        manifest = json.loads(files.pop(path(item["digest"]), b"null") or b"null")
        if manifest is None:  # another name of an image that is done
            continue
        for layer in manifest["layers"]:
            raw = files[path(layer["digest"])]
            content = gzip.compress(raw, 1) if kind == "gzip" else zstandard.compress(raw)
            layer.update(
                mediaType=f"application/vnd.oci.image.layer.v1.tar+{kind}", size=len(content), digest=digest(content)
            )
            files[path(layer["digest"])] = content
        text = json.dumps(manifest).encode()
        item.update(size=len(text), digest=digest(text))
        files[path(item["digest"])] = text
    files["index.json"] = json.dumps(index).encode()
    return tar_of(files)


def path(digest: str) -> str:
    """Where a layout keeps the blob."""
    return "blobs/" + digest.replace(":", "/")


def digest(content: bytes) -> str:
    """The name of a blob."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def wrap(data: bytes, kind: str) -> bytes:
    """The archive itself compressed."""
    return {"none": lambda d: d, "gzip": lambda d: gzip.compress(d, 1), "zstd": zstandard.compress}[kind](data)
