"""``load``, ``save``, ``import``, ``tag``, ``images``, ``rmi``, ``inspect``, ``history`` of images."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import boxes
from support.client import Client

pytestmark = pytest.mark.compat
NAME = f"e2e-image-{os.getpid()}"


@pytest.fixture
def names(cli: Client) -> Iterator[list[str]]:
    """References that are removed after the test."""
    made: list[str] = []
    yield made
    for name in made:
        cli.engine.api("DELETE", f"/images/{name}?force=1")


def two_layers(name: str) -> bytes:
    """busybox and a small layer over it, with a config that has something in every field."""
    config = {
        "Cmd": ["cat", "/added"],
        "Env": [boxes.PATH, "FROM=image"],
        "ExposedPorts": {"80/tcp": {}},
        "Labels": {"kind": "e2e"},
        "User": "user",
        "Volumes": {"/data": {}},
        "WorkingDir": "/home/user",
    }
    return boxes.archive(name, [boxes.busybox_layer(), boxes.layer({"added": "second layer\n", "etc/": ""})], config)


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd", "xz", "bzip2"])
def test_load(cli: Client, names: list[str], compress: str) -> None:
    reference = f"{NAME}:{compress}"
    names.append(reference)
    data = two_layers(reference)
    if compress == "gzip":
        packed = gzip.compress(data, 1)
    elif compress == "none":
        packed = data
    else:
        packed = subprocess.run([compress, "-c", "-1"], input=data, capture_output=True, check=True).stdout
    assert cli("load", text=packed).ok() == f"Loaded image: {reference}"
    assert cli("inspect", "-f", "{{.Id}}", reference).ok() == boxes.image_id(data)


def test_the_config_applies(cli: Client, names: list[str], tmp_path: Path) -> None:
    reference = f"{NAME}:config"
    names.append(reference)
    (tmp_path / "image.tar").write_bytes(two_layers(reference))
    assert reference in cli("load", "-q", "-i", str(tmp_path / "image.tar")).ok()
    box = cli.name()
    assert cli("run", "--name", box, "--network", "none", reference).ok() == "second layer"
    document = cli.inspect(box)
    assert document["Config"]["User"] == "user" and document["Config"]["WorkingDir"] == "/home/user"
    assert [m["Destination"] for m in document["Mounts"]] == ["/data"]
    script = "echo $FROM; pwd; id -un; touch /home/user/x && echo own"
    inside = cli("run", "--rm", "--network", "none", reference, "sh", "-c", script)
    assert inside.out.split("\n")[:3] == ["image", "/home/user", "user"]
    cli("rm", "-f", "-v", box).ok()


def test_save_is_what_was_loaded(cli: Client, names: list[str], tmp_path: Path) -> None:
    reference = f"{NAME}:saved"
    names.append(reference)
    data = two_layers(reference)
    cli("load", text=data).ok()
    file = tmp_path / "saved.tar"
    cli("save", "-o", str(file), reference).ok()
    assert file.stat().st_mode & 0o777 == 0o600
    piped = cli("save", reference)
    with tarfile.open(fileobj=io.BytesIO(piped.raw)) as tar:
        entries = set(tar.getnames())
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())
        config = (tar.extractfile(manifest[0]["Config"]) or io.BytesIO()).read()
    assert {"manifest.json", "index.json", "oci-layout"} <= entries
    assert "sha256:" + hashlib.sha256(config).hexdigest() == boxes.image_id(data)
    assert manifest[0]["RepoTags"] == [reference] and len(manifest[0]["Layers"]) == 2
    cli("rmi", reference).ok()
    assert cli("load", "-i", str(file)).ok() == f"Loaded image: {reference}"
    assert cli("inspect", "-f", "{{.Id}}", reference).ok() == boxes.image_id(data)


def test_save_of_several_and_by_id(cli: Client, names: list[str]) -> None:
    first, second = f"{NAME}:one", f"{NAME}-b:two"
    names += [first, second]
    data = two_layers(first)
    cli("load", text=data).ok()
    cli("tag", first, second).ok()
    both = cli("save", first, second).raw
    cli("rmi", first, second).ok()
    said = cli("load", text=both).ok().split("\n")
    assert sorted(said) == [f"Loaded image: {second}", f"Loaded image: {first}"]
    alone = cli("save", boxes.image_id(data)).raw
    cli("rmi", first, second).ok()
    assert cli("load", text=alone).ok() == f"Loaded image ID: {boxes.image_id(data)}"
    cli("rmi", boxes.image_id(data)).ok()


def test_import(cli: Client, names: list[str], tmp_path: Path) -> None:
    reference = f"{NAME}:imported"
    names.append(reference)
    (tmp_path / "root.tar").write_bytes(boxes.busybox_layer())
    changes = ("-c", 'CMD ["echo","imported"]', "-c", "ENV A=b", "-c", "LABEL x=y", "-m", "by hand")
    said = cli("import", *changes, str(tmp_path / "root.tar"), reference).ok()
    assert re.fullmatch("sha256:[0-9a-f]{64}", said)
    assert cli("run", "--rm", "--network", "none", reference).ok() == "imported"
    document = cli.inspect(reference)
    assert document["Comment"] == "by hand" and document["Config"]["Labels"] == {"x": "y"}
    piped = cli("import", "-", f"{NAME}:piped", text=gzip.compress(boxes.busybox_layer(), 1)).ok()
    names.append(f"{NAME}:piped")
    assert cli("run", "--rm", "--network", "none", f"{NAME}:piped", "echo", "there").ok() == "there"
    assert piped in cli("images", "-q", "--no-trunc", NAME).ok()


def test_export_of_nothing_needed_to_tag_and_list(cli: Client, names: list[str]) -> None:
    base, other = f"{NAME}:base", f"registry.example:5000/{NAME}/deep:1.0"
    names += [base, other]
    data = two_layers(base)
    cli("load", text=data).ok()
    cli("tag", base, other).ok()
    short = boxes.image_id(data)[7:19]
    table = cli("images").ok().split("\n")
    assert table[0].split() == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
    row = next(line for line in table if line.startswith("registry.example"))
    assert re.fullmatch(rf"registry.example:5000/{NAME}/deep\s+1.0\s+{short}\s+.* (years|months) ago\s+[\d.]+MB", row)
    form = "{{.Repository}}|{{.Tag}}|{{.ID}}"
    assert cli("images", "--format", form, base).ok() == f"{NAME}|base|{short}"
    assert cli("images", "-q", "--no-trunc", base).ok() == boxes.image_id(data)
    assert cli("images", "-q", "--filter", f"reference={NAME}").ok() == short
    assert cli("images", "-q", "--filter", "label=kind=e2e", NAME).ok() == short
    assert cli("images", "-q", "--filter", "label=kind=none").ok() == ""
    assert cli("images", "-q", "--filter", f"before={cli.engine.image}", "--filter", "label=kind=e2e").code == 0
    cli("tag", "no-such-image", "x").fails(1, "No such image: no-such-image")
    cli("tag", base, "Upper:case").fails(1, "invalid reference format|must be lowercase")


def test_rmi(cli: Client, names: list[str]) -> None:
    first, second = f"{NAME}:first", f"{NAME}:second"
    names += [first, second]
    data = two_layers(first)
    cli("load", text=data).ok()
    cli("tag", first, second).ok()
    assert cli("rmi", first).ok() == f"Untagged: {first}"
    box = cli.name()
    cli("create", "--name", box, second).ok()
    said = cli("rmi", second).fails(1, "conflict: unable to remove repository reference")
    short = cli.field(box, "{{.Id}}")[:12]
    assert f"container {short} is using its referenced image {boxes.image_id(data)[7:19]}" in said
    cli("rmi", boxes.image_id(data)[7:19]).fails(1, "conflict: unable to delete .* image is being used by")
    cli("rm", box).ok()
    lines = cli("rmi", second).ok().split("\n")
    assert lines[:2] == [f"Untagged: {second}", f"Deleted: {boxes.image_id(data)}"]
    assert all(line.startswith("Deleted: sha256:") for line in lines[2:])
    cli("rmi", second).fails(1, f"No such image: {second}")
    cli("rmi", "-f", second)


def test_rmi_by_id_needs_force_for_several_names(cli: Client, names: list[str]) -> None:
    first, second = f"{NAME}-a:1", f"{NAME}-b:1"
    names += [first, second]
    data = two_layers(first)
    cli("load", text=data).ok()
    cli("tag", first, second).ok()
    cli("rmi", boxes.image_id(data)[7:19]).fails(1, "image is referenced in multiple repositories")
    lines = cli("rmi", "-f", boxes.image_id(data)[7:19]).ok().split("\n")
    assert {f"Untagged: {first}", f"Untagged: {second}", f"Deleted: {boxes.image_id(data)}"} <= set(lines)


def test_inspect_and_history(cli: Client, names: list[str]) -> None:
    reference = f"{NAME}:inspected"
    names.append(reference)
    data = two_layers(reference)
    cli("load", text=data).ok()
    document = json.loads(cli("image", "inspect", reference).ok())[0]
    assert document["Id"] == boxes.image_id(data) and document["RepoTags"] == [reference]
    assert document["Os"] == "linux" and document["RootFS"]["Type"] == "layers"
    assert len(document["RootFS"]["Layers"]) == 2 and document["Size"] > 1_000_000
    assert document["Created"].startswith("2023-11-14T22:13:20")
    assert (
        cli("image", "inspect", "-f", "{{.Config.Cmd}} {{.Architecture}}", reference).ok().startswith("[cat /added] ")
    )
    lines = cli("history", "--no-trunc", reference).ok().split("\n")
    assert lines[0].split() == ["IMAGE", "CREATED", "CREATED", "BY", "SIZE", "COMMENT"]
    assert lines[1].startswith(boxes.image_id(data)) and "layer 1" in lines[1] and lines[2].startswith("<missing>")
    assert cli("history", "-q", reference).ok().split("\n") == [boxes.image_id(data)[7:19], "<missing>"]
    sizes = cli("history", "--human=false", "--format", "{{.Size}}", reference).ok().split("\n")
    assert sizes[0] == "13" and int(sizes[1]) > 1_000_000
    cli("image", "inspect", "no-such-image").fails(1, "No such image: no-such-image")
    cli("history", "no-such-image").fails(1, "No such image: no-such-image")


BROKEN = [
    ("empty", b"", "."),
    ("no-archive", b"x" * 2000, "."),
    ("no-manifest", boxes.layer({"a": "b"}), "."),
]


@pytest.mark.parametrize("data", [pytest.param(row[1], id=row[0]) for row in BROKEN])
def test_load_of_what_is_no_image(cli: Client, data: bytes) -> None:
    before = cli("images", "-q", "--filter", "dangling=true").ok()
    assert cli("load", text=data).code == 1
    assert cli.engine.kind == "docker" or cli("images", "-q", "--filter", "dangling=true").ok() == before


def test_a_layer_that_is_not_the_named_one_is_refused(cli: Client) -> None:
    good = boxes.archive(f"{NAME}:bad", [boxes.layer({"a": "b"})])
    bad = good.replace(b"b" + bytes(511), b"c" + bytes(511))
    assert bad != good
    assert cli("load", text=bad).code == 1
    cli("image", "inspect", f"{NAME}:bad").fails(1)


def test_an_exchange_with_the_other_command(cli: Client, names: list[str]) -> None:
    other = Client(cli.engine, "docker")
    reference = f"{NAME}:exchanged"
    names.append(reference)
    cli("load", text=two_layers(reference)).ok()
    data = cli("save", reference).raw
    cli("rmi", reference).ok()
    assert other("load", text=data).ok() == f"Loaded image: {reference}"


def test_much_may_come_out_of_little_where_there_is_room(cli: Client, names: list[str]) -> None:
    """A file of zeros compresses a thousand to one, and what was saved loads again."""
    reference, megabytes = f"{NAME}:zeros", 600
    names.append(reference)
    info = tarfile.TarInfo("zeros")
    info.size = megabytes << 20
    hashed, packer = hashlib.sha256(), zlib.compressobj(1, wbits=31)
    parts = []
    for piece in (info.tobuf(), *[bytes(1 << 20)] * megabytes, bytes(1024)):
        hashed.update(piece)
        parts.append(packer.compress(piece))
    packed = b"".join(parts) + packer.flush()
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [f"sha256:{hashed.hexdigest()}"]}}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (
            ("c.json", json.dumps(config).encode()),
            ("l", packed),
            ("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": [reference], "Layers": ["l"]}]).encode()),
        ):
            part = tarfile.TarInfo(name)
            part.size = len(data)
            archive.addfile(part, io.BytesIO(data))
    assert cli("load", text=gzip.compress(out.getvalue())).ok() == f"Loaded image: {reference}"
    assert cli("inspect", "-f", "{{.Size}}", reference).ok() == str(megabytes << 20)
    saved = cli("save", reference).raw
    cli("rmi", reference).ok()
    assert cli("load", text=saved).ok() == f"Loaded image: {reference}"
