"""Archives whose documents lie: each is refused, and nothing of the image is visible afterwards."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hutch.images.load import load
from hutch.images.store import Store
from hutch.model import platform
from hutch.model.digest import sha256
from hutch.model.errors import Invalid
from hutch.storage.vfs import Vfs

Files = dict[str, bytes]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    driver = Vfs(str(tmp_path))
    made = Store(str(tmp_path), driver)
    yield made
    assert os.listdir(made.blobs.ingest) == []
    assert not [k for k in list(driver.keys()) if k.startswith("staging-")]
    made.close()
    driver.close()


def pack(files: Files) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.uid, info.gid = os.getuid(), os.getgid()
            if content.startswith(b"->"):
                info.type, info.linkname = tarfile.SYMTYPE, content[2:].decode()
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


LAYER = pack({"etc/x": b"content"})
HERE = platform.host()


def config(*layers: bytes, **more: Any) -> bytes:
    rootfs = {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]}
    return json.dumps({"os": "linux", "architecture": HERE.architecture, "rootfs": rootfs, **more}).encode()


def docker(raw: bytes, layers: list[bytes], tags: list[str]) -> Files:
    files = {f"{n}/layer.tar": layer for n, layer in enumerate(layers)} | {"config.json": raw}
    item = {"Config": "config.json", "RepoTags": tags, "Layers": [f"{n}/layer.tar" for n in range(len(layers))]}
    return files | {"manifest.json": json.dumps([item]).encode()}


def blob(files: Files, content: bytes) -> dict[str, Any]:
    files["blobs/" + sha256(content).replace(":", "/")] = content
    return {"digest": sha256(content), "size": len(content)}


def oci(
    raw: bytes, layers: list[bytes], name: str = "docker.io/library/o:1", change: Callable[[Any], Any] = lambda m: m
) -> Files:
    files: Files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": blob(files, raw),
        "layers": [blob(files, x) for x in layers],
    }
    entry = {"mediaType": kind, **blob(files, json.dumps(change(manifest)).encode()),
             "annotations": {"org.opencontainers.image.ref.name": name}}  # fmt: skip
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    return files


def run(store: Store, files: Files) -> list[str]:
    return [item.get("stream", "") for item in load(store, io.BytesIO(pack(files)).read, quiet=True)]


def test_both_forms(store: Store) -> None:
    raw = config(LAYER)
    assert run(store, docker(raw, [LAYER], ["a:1", "b"])) == ["Loaded image: a:1\n", "Loaded image: b:latest\n"]
    assert run(store, docker(raw, [LAYER], [])) == [f"Loaded image ID: {sha256(raw)}\n"]
    assert run(store, oci(raw, [LAYER])) == ["Loaded image: o:1\n"]
    assert run(store, oci(raw, [LAYER], "latest")) == [f"Loaded image ID: {sha256(raw)}\n"]
    assert len(store.images()) == 1 and len(store.blobs.all()) == 1


def test_old_archives_link_equal_layers(store: Store) -> None:
    files = docker(config(LAYER, LAYER), [LAYER, b"->../0/layer.tar"], ["l"])
    assert run(store, files) == ["Loaded image: l:latest\n"]


DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ESCAPING = {"digest": "sha256:../../index.json", "size": 1}

BROKEN: dict[str, Callable[[], Files]] = {
    "no manifest": lambda: {"x": b""},
    "other layer": lambda: docker(config(LAYER), [pack({"y": b""})], ["a"]),
    "missing layer": lambda: {k: v for k, v in docker(config(LAYER), [LAYER], ["a"]).items() if k != "0/layer.tar"},
    "fewer layers": lambda: docker(config(LAYER), [], ["a"]),
    "more layers": lambda: docker(config(), [LAYER], ["a"]),
    "truncated layer": lambda: docker(config(LAYER), [LAYER[:-512]], ["a"]),
    "config outside": lambda: docker(b"->../../../../etc/passwd", [], ["a"]),
    "layer outside": lambda: docker(config(LAYER), [b"->/etc/passwd"], ["a"]),
    "link loop": lambda: {**docker(config(LAYER), [b"->../0/layer.tar"], ["a"])},
    "bad tag": lambda: docker(config(LAYER), [LAYER], ["Bad"]),
    "tag by digest": lambda: docker(config(LAYER), [LAYER], ["a@" + sha256(b"")]),
    "tags no list": lambda: {**docker(config(), [], []), "manifest.json": b'[{"Config":"config.json","RepoTags":"x"}]'},
    "manifest no list": lambda: {**docker(config(), [], []), "manifest.json": b"{}"},
    "deep": lambda: {"manifest.json": b"[" * 200_000},
    "huge": lambda: {"manifest.json": b" " * (9 << 20)},
    "config huge": lambda: docker(b" " * (9 << 20), [], ["a"]),
    "config no object": lambda: docker(b"[]", [], ["a"]),
    "bad diff id": lambda: docker(config(rootfs={"diff_ids": ["sha256:../../x"]}), [LAYER], ["a"]),
    "both": lambda: oci(config(LAYER), [LAYER], change=lambda m: {**m, "manifests": []}),
    "other media type": lambda: oci(config(LAYER), [LAYER], change=lambda m: {**m, "mediaType": DOCKER_MANIFEST}),
    "wrong size": lambda: oci(config(LAYER), [LAYER], change=lambda m: {**m, "config": {**m["config"], "size": 1}}),
    "digest escapes": lambda: oci(config(LAYER), [LAYER], change=lambda m: {**m, "config": ESCAPING}),
    "layout 2": lambda: {**oci(config(LAYER), [LAYER]), "oci-layout": b'{"imageLayoutVersion":"2.0.0"}'},
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_refused_whole(store: Store, name: str) -> None:
    with pytest.raises(Invalid):
        run(store, BROKEN[name]())
    assert store.images() == [] and store.tags() == []
    store.collect()
    assert store.driver.keys() == [] and store.blobs.all() == []


def test_a_blob_that_is_not_its_digest(store: Store) -> None:
    files = oci(config(LAYER), [LAYER])
    for name in [n for n in files if n.startswith("blobs/")]:
        with pytest.raises(Invalid, match="does not match its digest"):
            run(store, {**files, name: files[name] + b" "})
    assert store.images() == []


def test_an_index_is_read_for_this_machine(store: Store) -> None:
    files = oci(config(LAYER), [LAYER])
    (entry,) = json.loads(files["index.json"])["manifests"]
    name = entry.pop("annotations")
    other = {**entry, "digest": sha256(b"other"), "platform": {"os": "linux", "architecture": "s390x"}}
    mine = {**entry, "platform": {"os": "linux", "architecture": HERE.architecture}}
    index = json.dumps({"schemaVersion": 2, "manifests": [other, mine]}).encode()
    top = {"mediaType": "application/vnd.oci.image.index.v1+json", **blob(files, index), "annotations": name}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [top]}).encode()
    assert run(store, files) == ["Loaded image: o:1\n"]


def test_what_buildkit_says_about_an_image_is_no_image(store: Store) -> None:
    """As ``buildx build -o type=oci`` writes it: an index of the image and its provenance, also at the top."""
    files = oci(config(LAYER), [LAYER])
    (entry,) = json.loads(files["index.json"])["manifests"]
    name = {"io.containerd.image.name": "docker.io/library/built:1", "org.opencontainers.image.ref.name": "1"}
    mine = {**entry, "platform": {"os": "linux", "architecture": HERE.architecture}}
    statement = json.dumps({"schemaVersion": 2, "mediaType": entry["mediaType"], "layers": []}).encode()
    said = {"mediaType": entry["mediaType"], **blob(files, statement),
            "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest",
                            "vnd.docker.reference.digest": entry["digest"]}}  # fmt: skip
    index = json.dumps({"schemaVersion": 2, "manifests": [mine, said]}).encode()
    top = {"mediaType": "application/vnd.oci.image.index.v1+json", **blob(files, index), "annotations": name}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [top]}).encode()
    assert run(store, files) == ["Loaded image: built:1\n"]
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [{**mine, "annotations": name}, said]}).encode()
    assert run(store, files) == ["Loaded image: built:1\n"] and len(store.images()) == 1


def test_after_a_bad_one_a_good_one_loads(store: Store) -> None:
    """CVE-2021-20291: nothing stays locked."""
    for _ in range(20):
        with pytest.raises(Invalid):
            run(store, BROKEN["truncated layer"]())
    assert run(store, docker(config(LAYER), [LAYER], ["a"])) == ["Loaded image: a:latest\n"]


def large() -> Files:
    layer = pack({"zeros": bytes(33 << 20)})
    return docker(config(layer), [layer], ["large:1"])


def test_progress_within_a_layer(store: Store) -> None:
    data = io.BytesIO(pack(large()))
    told = [item["progressDetail"]["current"] for item in load(store, data.read) if "progressDetail" in item]
    assert told[0] == 0 and told == sorted(told)
    between = [count for count in told if 0 < count < told[-1]]
    assert len(between) >= 3
    assert [item["stream"] for item in load(store, io.BytesIO(pack(large())).read)] == ["Loaded image: large:1\n"]


def test_who_stops_listening_stops_the_layer(store: Store) -> None:
    items = load(store, io.BytesIO(pack(large())).read)
    while next(items)["progressDetail"]["current"] == 0:
        pass
    items.close()  # type: ignore[attr-defined]
    assert store.images() == []
