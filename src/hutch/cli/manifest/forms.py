"""Manifests and lists of them as Docker's own command writes them; pure."""

from __future__ import annotations

import base64

from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_PLATFORM = ("architecture", "os", "os.version", "os.features", "variant")
_DOCKER_PART = ("mediaType", "size", "digest", "urls")
_OCI_PART = ("mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType")
_OCI_KEYS = ("schemaVersion", "mediaType", "artifactType", "config", "layers", "subject", "annotations")
_DOCKER_KEYS = ("schemaVersion", "mediaType", "config", "layers")
# What may be annotated: the systems and machines that Go ran on when Docker's command got its table.
_MACHINES = {
    "darwin": "386 amd64 arm arm64", "dragonfly": "amd64", "freebsd": "386 amd64 arm",
    "linux": "386 amd64 arm arm64 mips64 mips64le ppc64le riscv64 s390x", "netbsd": "386 amd64 arm",
    "openbsd": "386 amd64 arm", "plan9": "386 amd64", "solaris": "amd64", "windows": "386 amd64",
}  # fmt: skip


def is_machine(system: str, architecture: str) -> bool:
    """Whether a manifest may be annotated with this pair."""
    return architecture in _MACHINES.get(system, "").split()


def raw(manifest: Json) -> bytes:
    """The bytes of a manifest of a local list or of an engine's answer."""
    return base64.b64decode(str(manifest.get("Raw") or ""))


def entry(manifest: Json) -> Json:
    """A manifest as it is kept in a local list: its content beside its bytes."""
    descriptor = manifest["Descriptor"]
    kind = descriptor.get("mediaType", "")
    where = descriptor.get("platform") or {}
    ordered = _only(descriptor, ("mediaType", "digest", "size"))
    ordered["platform"] = {"architecture": "", "os": "", **_only(where, _PLATFORM)}
    content = json_text.decode(raw(manifest).decode("utf-8", "replace"))
    oci = kind == OCI_MANIFEST
    part = _OCI_PART if oci else _DOCKER_PART
    shown = _only(content, _OCI_KEYS if oci else _DOCKER_KEYS)
    if isinstance(shown.get("config"), dict):
        shown["config"] = _only(shown["config"], part)
    shown["layers"] = [_only(layer, part) for layer in shown.get("layers") or ()]
    return {
        "Ref": manifest["Ref"], "Descriptor": ordered, "Raw": manifest["Raw"],
        "OCIManifest" if oci else "SchemaV2Manifest": shown,
    }  # fmt: skip


def _only(value: Json, keys: tuple[str, ...]) -> Json:
    return {key: value[key] for key in keys if value.get(key) not in (None, "", [], {})}


def listed(manifests: list[Json]) -> tuple[bytes, str]:
    """(bytes, media type) of the list of these manifests; an OCI index if the first is one of OCI's."""
    kind = DOCKER_LIST
    if manifests and manifests[0]["Descriptor"].get("mediaType") == OCI_MANIFEST:
        kind = OCI_INDEX
    rows = []
    for manifest in manifests:
        descriptor = manifest["Descriptor"]
        row = {key: descriptor[key] for key in ("mediaType", "size", "digest")}
        row["platform"] = {"architecture": "", "os": "", **_only(descriptor.get("platform") or {}, _PLATFORM)}
        rows.append(row)
    value = {"schemaVersion": 2, "mediaType": kind, "manifests": rows}
    return json_text.indent(value, "   ").encode(), kind
