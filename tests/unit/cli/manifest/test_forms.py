from __future__ import annotations

import base64
import json
from typing import Any

from hutch.cli.manifest.forms import DOCKER_LIST, OCI_INDEX, OCI_MANIFEST, entry, is_machine, listed, raw

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def manifest(kind: str, **platform: Any) -> dict[str, Any]:
    part = {"digest": "sha256:c", "size": 1, "mediaType": "m", "annotations": {"a": "b"}}
    content = {"mediaType": kind, "schemaVersion": 2, "layers": [part], "config": part, "annotations": {"x": "y"}}
    where = {"os": "linux", "architecture": "amd64", **platform}
    return {
        "Ref": "r", "Raw": base64.b64encode(json.dumps(content).encode()).decode(),
        "Descriptor": {"size": 5, "digest": "sha256:d", "mediaType": kind, "platform": where},
    }  # fmt: skip


def test_the_order_of_keys_is_that_of_dockers_command() -> None:
    kept = entry(manifest(DOCKER, **{"os.features": ["f"], "variant": ""}))
    assert list(kept) == ["Ref", "Descriptor", "Raw", "SchemaV2Manifest"]
    assert list(kept["Descriptor"]) == ["mediaType", "digest", "size", "platform"]
    assert list(kept["Descriptor"]["platform"]) == ["architecture", "os", "os.features"]
    assert list(kept["SchemaV2Manifest"]) == ["schemaVersion", "mediaType", "config", "layers"]
    assert list(kept["SchemaV2Manifest"]["config"]) == ["mediaType", "size", "digest"]
    oci = entry(manifest(OCI_MANIFEST))["OCIManifest"]
    assert list(oci) == ["schemaVersion", "mediaType", "config", "layers", "annotations"]
    assert list(oci["layers"][0]) == ["mediaType", "digest", "size", "annotations"]
    assert entry(kept) == kept


def test_lists() -> None:
    content, kind = listed([manifest(DOCKER), manifest(OCI_MANIFEST, variant="v8")])
    assert kind == DOCKER_LIST == json.loads(content)["mediaType"]
    assert content.startswith(b'{\n   "schemaVersion": 2,\n   "mediaType"')
    rows = json.loads(content)["manifests"]
    assert [list(row) for row in rows] == [["mediaType", "size", "digest", "platform"]] * 2
    assert rows[1]["platform"] == {"architecture": "amd64", "os": "linux", "variant": "v8"}
    assert listed([manifest(OCI_MANIFEST)])[1] == OCI_INDEX


def test_machines() -> None:
    assert is_machine("linux", "riscv64") and is_machine("darwin", "arm64")
    assert not is_machine("linux", "sparc") and not is_machine("", "amd64") and not is_machine("linux", "")


def test_raw() -> None:
    assert raw({"Raw": "eA=="}) == b"x" and raw({}) == b""
