"""Images go to skopeo and come from it, by files, by a registry and by the engine's API, and stay what they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.images import archives
from support import boxes, buildkit
from support.client import Client
from support.engine import Daemon
from support.stock_registry import StockRegistry, program

if TYPE_CHECKING:
    from compat.images.conftest import Skopeo

NAME = "localhost/hutch-compat-whole:1"
OTHER = "localhost/hutch-compat-other:1"


@pytest.fixture
def saved(hutch: Client, tmp_path: Path) -> Path:
    """What hutch saves of an image with everything in it, as the image NAME; hutch has it, too."""
    hutch("load", text=archives.whole(NAME)).ok()
    path = tmp_path / "saved.tar"
    path.write_bytes(hutch("save", NAME).raw)
    return path


@pytest.fixture
def registry(own_engine: Daemon, tmp_path: Path) -> Iterator[StockRegistry]:
    if program() is None:
        pytest.skip("needs Debian's docker-registry (scripts/test fetches it)")
    made = StockRegistry(own_engine, tmp_path, 5091)
    yield made
    made.close()


def layers(hutch: Client, name: str) -> list[str]:
    return list(hutch.inspect(name)["RootFS"]["Layers"])


def test_docker_archives(hutch: Client, skopeo: Skopeo, saved: Path, tmp_path: Path) -> None:
    known = hutch.inspect(NAME)
    back = tmp_path / "back.tar"
    skopeo.copy(f"docker-archive:{saved}", f"docker-archive:{back}:{NAME}")
    hutch("rmi", NAME).ok()
    assert hutch("load", text=back.read_bytes()).ok() == f"Loaded image: {NAME}"
    found = hutch.inspect(NAME)
    assert (found["Id"], found["RootFS"], found["Config"]) == (known["Id"], known["RootFS"], known["Config"])


@pytest.mark.parametrize("source", ["docker-archive", "oci-archive"])
def test_layouts(hutch: Client, skopeo: Skopeo, saved: Path, tmp_path: Path, source: str) -> None:
    """A layout has the config in OCI's form, which skopeo writes anew; it is that one's id that counts."""
    stack = layers(hutch, NAME)
    if source == "oci-archive":
        saved.write_bytes(archives.layout(saved.read_bytes()))
    back = tmp_path / "back.tar"
    skopeo.copy(f"{source}:{saved}", f"oci-archive:{back}:{OTHER}")
    files = archives.members(back.read_bytes())
    manifest = json.loads(files[archives.path(json.loads(files["index.json"])["manifests"][0]["digest"])])
    hutch("rmi", NAME).ok()
    assert hutch("load", text=back.read_bytes()).ok() == f"Loaded image: {OTHER}"
    assert hutch.inspect(OTHER)["Id"] == manifest["config"]["digest"] and layers(hutch, OTHER) == stack


def test_by_a_registry(hutch: Client, skopeo: Skopeo, saved: Path, registry: StockRegistry, tmp_path: Path) -> None:
    known = hutch.inspect(NAME)
    pushed, copied = f"{registry.host}/hutch-compat-pushed:1", f"{registry.host}/hutch-compat-copied:1"
    hutch("tag", NAME, pushed).ok()
    hutch("push", pushed).ok()
    (pinned,) = [name for name in hutch.inspect(pushed)["RepoDigests"] if "pushed" in name]
    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{pushed}"))
    assert seen["Digest"] == pinned.partition("@")[2] and seen["Labels"] == known["Config"]["Labels"]
    back = tmp_path / "back.tar"
    skopeo.copy(f"docker://{pushed}", f"docker-archive:{back}:{OTHER}")
    skopeo.copy(f"docker-archive:{saved}", f"docker://{copied}")
    hutch("rmi", NAME, pushed).ok()
    hutch("load", text=back.read_bytes()).ok()
    assert hutch.inspect(OTHER)["Id"] == known["Id"]
    hutch("rmi", OTHER).ok()
    assert f"Downloaded newer image for {copied}" in hutch("pull", copied).ok()
    assert hutch.inspect(copied)["Id"] == known["Id"]


@pytest.mark.parametrize("form", ["gzip", "zstd", "zstd:chunked"])
def test_forms_that_skopeo_pushes_come_back(
    hutch: Client, skopeo: Skopeo, saved: Path, registry: StockRegistry, form: str
) -> None:
    stack = layers(hutch, NAME)
    there, again = (f"{registry.host}/hutch-compat-{part}:1" for part in ("there", "again"))
    skopeo.copy(
        f"docker-archive:{saved}", f"docker://{there}", "--format", "oci", "--dest-compress-format", form,
        "--dest-compress",
    )  # fmt: skip
    hutch("rmi", NAME).ok()
    hutch("pull", there).ok()
    assert layers(hutch, there) == stack
    hutch("tag", there, again).ok()
    hutch("push", again).ok()
    first, second = (
        json.loads(skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{name}")) for name in (there, again)
    )
    assert {item["mediaType"].rpartition("+")[2] for item in first["layers"]} == {form.partition(":")[0]}
    assert [item["digest"] for item in first["layers"]] == [item["digest"] for item in second["layers"]]
    assert first["config"]["digest"] == second["config"]["digest"] == hutch.inspect(again)["Id"]


def test_by_the_engine_s_api(hutch: Client, skopeo: Skopeo, saved: Path, tmp_path: Path) -> None:
    host = hutch.engine.address
    known, back = hutch.inspect(NAME), tmp_path / "back.tar"
    skopeo.copy(f"docker-daemon:{NAME}", f"docker-archive:{back}:{OTHER}", "--src-daemon-host", host)
    config = next(name for name in archives.members(back.read_bytes()) if name.endswith(".json") and len(name) > 60)
    assert "sha256:" + hashlib.sha256(archives.members(back.read_bytes())[config]).hexdigest() == known["Id"]
    hutch("rmi", NAME).ok()
    skopeo.copy(f"docker-archive:{saved}", f"docker-daemon:{OTHER}", "--dest-daemon-host", host)
    assert hutch.inspect(OTHER)["Id"] == known["Id"]
    hutch("run", "--rm", "--network", "none", "--entrypoint", "/bin/busybox", OTHER, "true").ok()


@pytest.mark.parametrize("attested", [True, False])
def test_both_find_the_same_image_beside_attestations(
    hutch: Client, skopeo: Skopeo, tmp_path: Path, attested: bool
) -> None:
    files: buildkit.Files = {}
    image = buildkit.image(files, [boxes.busybox_layer(), boxes.layer({"made": "1"})], config={"Cmd": ["x"]})
    (made := tmp_path / "made.tar").write_bytes(buildkit.archive(f"{OTHER}", files, [image], attested=attested))
    skopeo.copy(f"oci-archive:{made}:1", f"oci-archive:{tmp_path}/alone.tar:1")
    hutch("load", text=made.read_bytes()).ok()
    alone = archives.members((tmp_path / "alone.tar").read_bytes())
    manifest = json.loads(alone[archives.path(json.loads(alone["index.json"])["manifests"][0]["digest"])])
    assert hutch.inspect(OTHER)["Id"] == manifest["config"]["digest"]
