from __future__ import annotations

import pytest

from hutch.images import documents
from hutch.model.digest import sha256
from hutch.model.errors import Invalid

D = sha256(b"")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"1", b'"x"', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}", b"\xff"]
)
def test_no_object(data: bytes) -> None:
    with pytest.raises(Invalid):
        documents.parse_object(data, "it")


def test_one_document_is_one_thing() -> None:
    """CVE-2021-41190."""
    for data in (
        b'{"layers":[],"manifests":[]}',
        b'{"config":{},"manifests":[]}',
        b'{"mediaType":"application/vnd.oci.image.index.v1+json","layers":[]}',
        b'{"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}',
        b'{"schemaVersion":1,"fsLayers":[]}',
        b'{"mediaType":"text/html"}',
    ):
        with pytest.raises(Invalid):
            documents.parse_manifest(data, "")
    with pytest.raises(Invalid, match="announced"):
        documents.parse_manifest(b'{"mediaType":"application/vnd.oci.image.index.v1+json"}', documents.MANIFEST[0])


@pytest.mark.parametrize("bad", ["sha256:../../etc/passwd", D.upper(), D[:-1], "md5:" + "0" * 32, 5, None, ""])
def test_digests_of_descriptors(bad: object) -> None:
    """CVE-2024-3727."""
    with pytest.raises(Invalid):
        documents.descriptors([{"digest": bad, "size": 1}], "it")
    with pytest.raises(Invalid):
        documents.diff_ids({"rootfs": {"diff_ids": [bad]}})


@pytest.mark.parametrize("size", [-1, "1", 1.5, True])
def test_sizes_of_descriptors(size: object) -> None:
    with pytest.raises(Invalid):
        documents.descriptors([{"digest": D, "size": size}], "it")


@pytest.mark.parametrize(
    "config",
    [{"os": 1}, {"config": []}, {"config": {"Env": "x"}}, {"config": {"Cmd": [1]}}, {"config": {"Labels": {"a": 1}}},
     {"history": [1]}, {"history": {}}, {"rootfs": {"diff_ids": "x"}}, {"rootfs": {"diff_ids": [D] * 129}},
     {"config": {"User": {}}}, {"config": {"Volumes": []}}, {"created": 5}],
)  # fmt: skip
def test_configs_with_wrong_types(config: documents.Json) -> None:
    with pytest.raises(Invalid):
        documents.check_config(config)


def test_a_good_config() -> None:
    config = {"os": "linux", "config": {"Env": ["A=b"], "Labels": None}, "rootfs": {"diff_ids": [D]}}
    assert documents.check_config(config) is config
