"""Images that tests make themselves: the system's static busybox as a docker-archive."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from functools import cache
from typing import Any

BUSYBOX = "/bin/busybox"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TIME = 1_700_000_000

PASSWD = (
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nuser:x:1000:1000::/home/user:/bin/sh\n"
)
GROUP = "root:x:0:\nwheel:x:10:user\nnogroup:x:65534:\nuser:x:1000:\nstaff:x:50:\n"


def _add(archive: tarfile.TarFile, name: str, data: bytes = b"", mode: int = 0o644, **fields: Any) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(data), mode, TIME
    for key, value in fields.items():
        setattr(entry, key, value)
    archive.addfile(entry, io.BytesIO(data))


def layer(files: dict[str, str], *, executable: tuple[str, ...] = ()) -> bytes:
    """A layer with ``files``, path to text; a path that ends with / is a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in files.items():
            if name.endswith("/"):
                _add(archive, name, mode=0o755, type=tarfile.DIRTYPE)
            else:
                _add(archive, name, text.encode(), 0o755 if name in executable else 0o644)
    return out.getvalue()


@cache
def busybox_layer() -> bytes:
    """busybox with all its applets, users, and the folders a system has."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for folder in ("bin", "etc", "home", "home/user", "root", "usr", "usr/bin", "var", "var/www"):
            _add(archive, f"{folder}/", mode=0o755, type=tarfile.DIRTYPE)
        _add(archive, "tmp/", mode=0o1777, type=tarfile.DIRTYPE)
        with open(BUSYBOX, "rb") as file:
            _add(archive, "bin/busybox", file.read(), 0o755)
        listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
        for applet in listed.stdout.split():
            if applet != "busybox":
                _add(archive, f"bin/{applet}", mode=0o777, type=tarfile.SYMTYPE, linkname="busybox")
        _add(archive, "etc/passwd", PASSWD.encode())
        _add(archive, "etc/group", GROUP.encode())
        _add(archive, "home/user/owned", b"", uid=1000, gid=1000)
        _add(archive, "var/www/index.html", b"from the image\n")
    return out.getvalue()


def archive(name: str, layers: list[bytes], config: dict[str, Any] | None = None) -> bytes:
    """A docker-archive of one image ``name`` with ``layers`` and the image config's ``config`` section."""
    document = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
        "os": "linux",
        "created": "2023-11-14T22:13:20Z",
        "config": {"Env": [PATH], "Cmd": ["sh"], **(config or {})},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in layers]},
        "history": [{"created": "2023-11-14T22:13:20Z", "created_by": f"layer {n}"} for n in range(len(layers))],
    }
    text = json.dumps(document).encode()
    config_name = f"{hashlib.sha256(text).hexdigest()}.json"
    manifest = {"Config": config_name, "RepoTags": [name], "Layers": [f"{n}/layer.tar" for n in range(len(layers))]}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        _add(tar, config_name, text)
        for number, one in enumerate(layers):
            _add(tar, f"{number}/layer.tar", one)
        _add(tar, "manifest.json", json.dumps([manifest]).encode())
    return out.getvalue()


def image_id(data: bytes) -> str:
    """The id (digest of the config) of the image in a docker-archive made by :func:`archive`."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        return "sha256:" + str(json.load(manifest)[0]["Config"]).removesuffix(".json")
