"""Archives of the forms that BuildKit's exporters write (``buildx build --output type=oci`` and ``type=docker``).

What it adds to plain layouts: an index in the index, and beside each image an attestation: a manifest for the platform
unknown/unknown whose layers are in-toto documents (BuildKit, attestation storage).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

Json = dict[str, Any]
Files = dict[str, bytes]

_OCI = "application/vnd.oci.image"
_DATE = "2026-01-02T03:04:05Z"
_PREDICATES = ("https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document")


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _put(files: Files, kind: str, data: bytes, **more: Any) -> Json:
    """Have a blob; its descriptor."""
    files["blobs/" + digest(data).replace(":", "/")] = data
    return {"mediaType": kind, "digest": digest(data), "size": len(data), **more}


def _document(value: Json) -> bytes:
    return json.dumps(value, indent=2).encode()


def image(files: Files, layers: list[bytes], architecture: str = "amd64", config: Json | None = None) -> Json:
    """An image of these plain layers, sent gzipped; the descriptor of its manifest."""
    raw = _document(
        {
            "architecture": architecture,
            "os": "linux",
            "config": config or {},
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
            "created": _DATE,
            "moby.buildkit.buildinfo.v1": "",
            "history": [{"created": _DATE, "created_by": "COPY . / # buildkit", "comment": "buildkit.dockerfile.v0"}]
            * len(layers),
        }
    )
    stack = [_put(files, f"{_OCI}.layer.v1.tar+gzip", gzip.compress(layer, mtime=0)) for layer in layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": _put(files, f"{_OCI}.config.v1+json", raw),
        "layers": stack,
    }
    where = {"architecture": architecture, "os": "linux"}
    return _put(files, f"{_OCI}.manifest.v1+json", _document(manifest), platform=where)


def attestation(files: Files, about: Json) -> Json:
    """What says where the image ``about`` comes from."""
    kind = "application/vnd.in-toto+json"
    statements = [
        _put(
            files, kind,
            _document({
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": predicate,
                "subject": [{"name": "pkg:docker/x@1", "digest": {"sha256": about["digest"].partition(":")[2]}}],
                "predicate": {},
            }),
            annotations={"in-toto.io/predicate-type": predicate},
        )
        for predicate in _PREDICATES
    ]  # fmt: skip
    config = {
        "architecture": "unknown",
        "os": "unknown",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [each["digest"] for each in statements]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": _put(files, f"{_OCI}.config.v1+json", _document(config)),
        "layers": statements,
    }
    notes = {"vnd.docker.reference.digest": about["digest"], "vnd.docker.reference.type": "attestation-manifest"}
    nowhere = {"architecture": "unknown", "os": "unknown"}
    return _put(files, f"{_OCI}.manifest.v1+json", _document(manifest), annotations=notes, platform=nowhere)


def archive(name: str, files: Files, images: list[Json], *, attested: bool = True) -> bytes:
    """An OCI layout as an archive: ``name`` leads to the images, each with an attestation, by an index of their own;
    without attestations a single image is in the outer index itself."""
    notes = {
        "io.containerd.image.name": name,
        "org.opencontainers.image.created": _DATE,
        "org.opencontainers.image.ref.name": name.rpartition(":")[2],
    }
    if attested or len(images) > 1:
        entries = [*images, *(attestation(files, each) for each in images if attested)]
        kind = f"{_OCI}.index.v1+json"
        inner = _document({"schemaVersion": 2, "mediaType": kind, "manifests": entries})
        top = _put(files, kind, inner, annotations=notes)
    else:
        top = {**images[0], "annotations": notes}
    index = {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": [top]}
    whole = {**files, "index.json": _document(index), "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    return packed(whole)


def docker_archive(name: str, files: Files, one: Json) -> bytes:
    """``type=docker``: the same layout, with the manifest.json that ``docker load`` reads."""
    manifest = json.loads(files["blobs/" + one["digest"].replace(":", "/")])

    def path(item: Json) -> str:
        return "blobs/" + str(item["digest"]).replace(":", "/")

    listed = [
        {
            "Config": path(manifest["config"]),
            "RepoTags": [name.removeprefix("docker.io/library/")],
            "Layers": [path(layer) for layer in manifest["layers"]],
        }
    ]
    index = {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json",
             "manifests": [{**one, "annotations": {"io.containerd.image.name": name}}]}  # fmt: skip
    layout = b'{"imageLayoutVersion":"1.0.0"}'
    return packed({**files, "index.json": _document(index), "manifest.json": json.dumps(listed).encode(),
                   "oci-layout": layout})  # fmt: skip


def packed(files: Files) -> bytes:
    """A tar as BuildKit writes it: folders, then files, sorted."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for folder in ("blobs", "blobs/sha256"):
            entry = tarfile.TarInfo(f"{folder}/")
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o444
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()
