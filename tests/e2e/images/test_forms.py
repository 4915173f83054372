"""Every form that an image has in registries: indexes in indexes, attestations, zstd and plain layers, digests."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import zstandard

from support.client import Client
from support.engine import Engine
from support.registry import layer, sha256
from support.stock_registry import StockRegistry, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Debian's docker-registry (scripts/test fetches it)")

OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
TAR = "application/vnd.oci.image.layer.v1.tar"


class Publisher:
    """Puts images together in one repository, as a builder of another make would."""

    def __init__(self, registry: StockRegistry, repository: str) -> None:
        self.registry, self.repository = registry, repository
        self.name = f"{registry.host}/{repository}"

    def image(self, tag: str, arch: str, *layers: tuple[str, bytes, bytes]) -> dict[str, Any]:
        """An image of layers (media type, as sent, uncompressed); the descriptor of its manifest."""
        ids = [sha256(plain) for _, _, plain in layers]
        config = {"os": "linux", "architecture": arch, "rootfs": {"type": "layers", "diff_ids": ids}}
        put = self.registry.put_blob
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                **put(self.repository, json.dumps(config).encode()),
            },
            "layers": [{"mediaType": kind, **put(self.repository, sent)} for kind, sent, _ in layers],
        }
        made = self.registry.put_manifest(self.repository, tag, manifest)
        return {**made, "platform": {"os": "linux", "architecture": arch}}

    def attestation(self, about: str) -> dict[str, Any]:
        """What BuildKit puts beside an image to say where it comes from."""
        put = self.registry.put_blob
        kind = {"mediaType": "application/vnd.in-toto+json"}
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put(self.repository, b"{}")},
            "layers": [{**kind, **put(self.repository, b'{"predicate":{}}')}],
        }
        made = self.registry.put_manifest(self.repository, "", manifest)
        notes = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": about}
        return {**made, "platform": {"os": "unknown", "architecture": "unknown"}, "annotations": notes}

    def index(self, tag: str, *entries: dict[str, Any]) -> str:
        """An index; its digest."""
        value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}
        return str(self.registry.put_manifest(self.repository, tag, value)["digest"])


def layers(content: str) -> list[tuple[str, bytes, bytes]]:
    """A layer in each form."""
    one, two, three = (layer({f"{content}-{number}": content.encode() * 999}) for number in range(3))
    return [
        (TAR + "+gzip", gzip.compress(one, mtime=0), one),
        (TAR + "+zstd", zstandard.ZstdCompressor().compress(two), two),
        (TAR, three, three),
    ]


@pytest.fixture(scope="module")
def registry(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockRegistry]:
    made = StockRegistry(engine, tmp_path_factory.mktemp("registry"), 5071)
    yield made
    made.close()


@pytest.fixture
def published(registry: StockRegistry, cli: Client) -> tuple[Publisher, str]:
    """A repository with an index of two platforms and an attestation, and the index's digest."""
    publisher = Publisher(registry, f"forms/{cli.tool}")
    amd = publisher.image("amd", "amd64", *layers(f"amd-{cli.tool}"))
    arm = publisher.image("", "arm64", *layers(f"arm-{cli.tool}"))
    return publisher, publisher.index("1", publisher.attestation(amd["digest"]), amd, arm)


def test_an_index_with_attestations(cli: Client, published: tuple[Publisher, str]) -> None:
    publisher, content = published
    name = f"{publisher.name}:1"
    assert cli("pull", "-q", name).ok() == name
    found = cli.inspect(name)
    assert found["Architecture"] == "amd64" and len(found["RootFS"]["Layers"]) == 3
    assert found["RepoDigests"] == [f"{publisher.name}@{content}"]
    other = cli("pull", "--platform", "linux/arm64", name).ok()
    assert f"Digest: {content}" in other and "Downloaded newer image" in other
    assert cli.inspect(name)["Architecture"] == "arm64"
    cli("pull", "--platform", "linux/s390x", name).fails(
        1, "no matching manifest for linux/s390x in the manifest list entries"
    )
    cli("pull", "--platform", "linux/arm64", f"{publisher.name}:amd").fails(
        1, "does not match the specified platform: wanted linux/arm64, actual: linux/amd64"
    )
    cli("rmi", name).ok()


def test_digests(cli: Client, published: tuple[Publisher, str]) -> None:
    publisher, content = published
    by_digest = f"{publisher.name}@{content}"
    assert by_digest in cli("pull", by_digest).ok()
    assert cli.inspect(by_digest)["RepoTags"] == []
    assert "Image is up to date" in cli("pull", f"{publisher.name}:nonsense@{content}").ok()
    wrong = f"{publisher.name}@sha256:{'0' * 64}"
    cli("pull", wrong).fails(1, f"manifest for {wrong} not found: manifest unknown")
    cli("rmi", by_digest).ok()


def test_all_tags(cli: Client, published: tuple[Publisher, str]) -> None:
    publisher, _ = published
    said = cli("pull", "-a", publisher.name).ok()
    assert said.count("Pulling from") == 2 and said.splitlines()[-1] == publisher.name
    rows = cli("images", "--format", "{{.Tag}}", publisher.name).ok().split()
    assert sorted(rows) == ["1", "amd"]
    assert cli("pull", "-a", "-q", publisher.name).ok() == publisher.name
    cli("pull", "-a", f"{publisher.name}:1").fails(1, "tag can't be used with --all-tags/-a")
    cli("rmi", f"{publisher.name}:1", f"{publisher.name}:amd").ok()


def test_indexes_in_an_index(cli: Client, published: tuple[Publisher, str]) -> None:
    publisher, content = published
    platforms = ({"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64"})
    size = len(publisher.registry.ask(f"http://{publisher.registry.host}/v2/{publisher.repository}/manifests/{content}",
                                       "-H", f"Accept: {INDEX}"))  # fmt: skip
    inner = {"mediaType": INDEX, "digest": content, "size": size}
    publisher.index("outer", *({**inner, "platform": platform} for platform in platforms))
    cli("pull", "--platform", "linux/arm64", f"{publisher.name}:outer").ok()
    assert cli.inspect(f"{publisher.name}:outer")["Architecture"] == "arm64"
    cli("rmi", f"{publisher.name}:outer").ok()


def test_what_came_as_zstd_is_pushed_as_zstd(cli: Client, published: tuple[Publisher, str]) -> None:
    publisher, _ = published
    copy = f"{publisher.registry.host}/copies/{cli.tool}:1"
    cli("pull", "-q", f"{publisher.name}:amd").ok()
    cli("tag", f"{publisher.name}:amd", copy).ok()
    said = cli("push", copy).ok()
    assert "Mounted from" in said
    before = cli.inspect(copy)["Id"]
    cli("rmi", copy, f"{publisher.name}:amd").ok()
    cli("pull", "-q", copy).ok()
    assert cli.inspect(copy)["Id"] == before
    cli("rmi", copy).ok()
