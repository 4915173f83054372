"""Images of the comparison's own, as docker-archives: no engine has their layers before it loads them."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
from pathlib import Path

from bundle import folder_of_this_run
from engine import Engine

FILES, SIZE = 10_000, 20_000


def debian(engine: Engine) -> Path:
    """The engine's bench-debian with one file more."""
    path = folder_of_this_run() / "debian.tar"
    if not path.exists():
        saved = folder_of_this_run() / "saved.tar"
        saved.parent.mkdir(parents=True, exist_ok=True)
        engine.run("save", "-o", str(saved), engine.image.replace("busybox", "debian"))
        with tarfile.open(saved) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
            layer = archive.extractfile(manifest[0]["Layers"][0]).read()  # type: ignore[union-attr]
        saved.unlink()
        whole = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(layer)) as old, tarfile.open(fileobj=whole, mode="w") as new:
            for member in old:
                new.addfile(member, old.extractfile(member) if member.isreg() else None)
            add(new, "bench-marker", b"x")
        _write(path, "localhost/bench-own-debian:latest", whole.getvalue())
    return path


def files(_: Engine) -> Path:
    """Ten thousand files of twenty kilobytes that compress to half."""
    path = folder_of_this_run() / "files.tar"
    if not path.exists():
        draw = random.Random(7)
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as new:
            for number in range(FILES):
                add(new, f"d{number // 100}/f{number}", draw.randbytes(SIZE // 2).hex().encode())
        _write(path, "localhost/bench-own-files:latest", whole.getvalue())
    return path


IMAGES = {"debian": debian, "files": files}


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """One file of an archive."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _write(path: Path, name: str, layer: bytes) -> None:
    """A docker-archive with one image of one layer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    diff = "sha256:" + hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}}
    )
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}])
    with tarfile.open(path, "w") as archive:
        for part, content in (
            ("config.json", config.encode()),
            ("layer.tar", layer),
            ("manifest.json", manifest.encode()),
        ):
            add(archive, part, content)
