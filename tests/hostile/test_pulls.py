"""What a hostile registry answers to a real daemon: refused in time, nothing of it stays, memory stays bounded."""

from __future__ import annotations

import gzip
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from support import boxes
from support.engine import Daemon
from support.registry import INDEX, MANIFEST, FakeRegistry, layer, sha256
from support.space import until

pytestmark = [pytest.mark.hostile, pytest.mark.kernel]
MOST = 120 << 10
"""KiB that the daemon may grow by at its peak, whatever it is given."""
SMALL = layer({"small": b"x"})
WRONG = "sha256:" + "0" * 64
GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"


@pytest.fixture(scope="module")
def engine() -> Iterator[Daemon]:
    """A daemon of this file's own, with a sound image, on a disk on which bombs do not count as honest."""
    daemon = Daemon(network=False)
    daemon.flags = ("--bridge=none", "--iptables=false", "--ip-forward=false")
    try:
        daemon.bound("data", "2g")
        daemon.start()
        daemon.load(boxes.archive("good:1", [boxes.layer({"f": "good"})]))
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    yield registry
    registry.close()


def bomb() -> bytes:
    """Two gigabytes of nothing in two megabytes."""
    info = tarfile.TarInfo("zeros")
    info.size = 2 << 30
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(info.tobuf()) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(2048))
    return packed + packer.flush()


def zstd_bomb() -> bytes:
    """Seven hundred megabytes of nothing."""
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(700)) + packer.flush()


def put(fake: FakeRegistry, packed: bytes, kind: str = GZIP, diff: str = WRONG, **wrong: Any) -> None:
    """An image of one layer, whose descriptor is changed by ``wrong``."""
    config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff]}})
    item = {"mediaType": kind, "digest": fake.blob(packed), "size": len(packed), **wrong}
    about = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "digest": fake.blob(config.encode()), "size": len(config),
    }  # fmt: skip
    raw = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": about, "layers": [item]})
    fake.manifest("a", "1", raw.encode(), MANIFEST)


def replaced(fake: FakeRegistry) -> None:
    """A layer whose bytes are others, and forty megabytes more than announced."""
    packed = gzip.compress(SMALL)
    put(fake, packed)
    fake.blobs[sha256(packed)] = packed + os.urandom(40 << 20)


def _index(fake: FakeRegistry, entries: list[Any]) -> None:
    fake.manifest("a", "1", json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode(), INDEX)


ANSWERS: dict[str, tuple[Callable[[FakeRegistry], object], str]] = {
    "a manifest of 40 MB": (
        lambda fake: fake.manifest("a", "1", b"{" + b" " * (40 << 20) + b"}", MANIFEST),
        "larger than 4194304 bytes",
    ),
    "a manifest a hundred thousand deep": (
        lambda fake: fake.manifest("a", "1", b"[" * 100_000, MANIFEST),
        "not valid JSON",
    ),
    "a manifest that is an index too": (
        lambda fake: fake.manifest("a", "1", b'{"schemaVersion":2,"layers":[],"config":{},"manifests":[]}', MANIFEST),
        "both layers and manifests",
    ),
    "a manifest said to be an index": (
        lambda fake: fake.manifest("a", "1", b'{"schemaVersion":2,"layers":[],"config":{}}', INDEX),
        "media type",
    ),
    "an index of what is not there": (
        lambda fake: _index(fake, [{"digest": WRONG, "platform": {"os": "linux", "architecture": "amd64"}}]),
        "manifest unknown",
    ),
    "an index of fifty thousand": (
        lambda fake: _index(fake, [{"digest": WRONG, "size": 5}] * 50_000),
        "larger than 4194304 bytes",
    ),
    "a digest that is a path": (
        lambda fake: put(fake, gzip.compress(SMALL), digest="sha256:../../../../etc/passwd"),
        "invalid digest",
    ),
    "a digest of capital letters": (
        lambda fake: put(fake, gzip.compress(SMALL), digest="sha256:" + "A" * 64),
        "invalid digest",
    ),
    "a digest of another kind": (
        lambda fake: put(fake, gzip.compress(SMALL), digest="md5:" + "0" * 32),
        "invalid digest",
    ),
    "a size below nothing": (
        lambda fake: put(fake, gzip.compress(SMALL), size=-1),
        "invalid size",
    ),
    "a size that is too small": (
        lambda fake: put(fake, gzip.compress(SMALL), size=5),
        "larger than the 5 bytes",
    ),
    "a size of an exabyte": (
        lambda fake: put(fake, gzip.compress(SMALL), size=1 << 60),
        "unexpected EOF",
    ),
    "other bytes, and more of them": (
        replaced,
        "bytes that its manifest says",
    ),
    "a diff id of something else": (
        lambda fake: put(fake, gzip.compress(SMALL)),
        "got sha256:",
    ),
    "a bomb": (
        lambda fake: put(fake, bomb()),
        "looks like a bomb",
    ),
    "a bomb of zstd": (
        lambda fake: put(fake, zstd_bomb(), ZSTD),
        "looks like a bomb",
    ),
    "a layer that is cut": (
        lambda fake: put(fake, gzip.compress(SMALL)[:40], diff=sha256(SMALL)),
        "ends early",
    ),
    "a config of 40 MB": (
        lambda fake: fake.manifest(
            "a",
            "1",
            json.dumps(
                {
                    "schemaVersion": 2,
                    "config": {"digest": fake.blob(b"{" + b" " * (40 << 20) + b"}"), "size": (40 << 20) + 2},
                    "layers": [],
                }
            ).encode(),
            MANIFEST,
        ),
        "bytes",
    ),
    "a redirect to itself": (
        lambda fake: (
            put(fake, gzip.compress(SMALL), diff=sha256(SMALL)),
            setattr(fake, "redirect", f"http://{fake.host}"),
        ),
        "10 redirects",
    ),
}


def _peak(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0])


def _files(daemon: Daemon) -> list[str]:
    """What is in the data root, but for databases and what is on its way out."""
    found = []
    for where, folders, files in os.walk(daemon.base / "data"):
        folders[:] = [name for name in folders if name != ".trash"]
        found += [f"{where}/{name}" for name in [*files, *folders] if ".db" not in name]
    return sorted(found)


@pytest.mark.parametrize("name", ANSWERS)
def test_refused(engine: Daemon, fake: FakeRegistry, name: str) -> None:
    prepare, pattern = ANSWERS[name]
    prepare(fake)
    before = _files(engine)
    Path(f"/proc/{engine.pid}/clear_refs").write_text("5")
    size = _peak(engine.pid)
    code, answer = engine.api("POST", f"/images/create?fromImage={fake.host}/a&tag=1", timeout=120)
    text = str(answer)
    assert (code >= 400 or "errorDetail" in text) and re.search(pattern, text), (code, text[-500:])
    assert "Traceback" not in text + engine.log and "internal" not in text.lower(), text[:500]
    assert _peak(engine.pid) - size < MOST
    assert [row["RepoTags"] for row in engine.api("GET", "/images/json")[1]] == [["good:1"]]
    assert until(lambda: _files(engine) == before, 10), set(_files(engine)) ^ set(before)


def test_after_all_of_them_a_good_one_is_pulled(engine: Daemon, fake: FakeRegistry) -> None:
    """CVE-2021-20291: an error leaves nothing locked."""
    put(fake, gzip.compress(SMALL))
    for _ in range(20):
        assert "errorDetail" in str(engine.api("POST", f"/images/create?fromImage={fake.host}/a&tag=1")[1])
    put(fake, gzip.compress(SMALL), diff=sha256(SMALL))
    answer = engine.api("POST", f"/images/create?fromImage={fake.host}/a&tag=1")[1]
    assert "errorDetail" not in str(answer), answer
    assert b'"damage"' not in engine.api("POST", "/hutch/fsck")[1]
    assert engine.api("DELETE", f"/images/{fake.host}/a:1")[0] == 200
