"""Whole image archives that lie or explode, given to a real daemon: each is refused, nothing of it stays, the daemon's
memory stays bounded, and the next good archive loads."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from support import boxes
from support.engine import Daemon
from support.space import until

pytestmark = [pytest.mark.hostile, pytest.mark.kernel]
MOST = 120 << 10
"""KiB that the daemon may grow by at its peak, whatever it is given."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Daemon]:
    """A daemon of this file's own."""
    daemon = Daemon(network=False)
    daemon.flags = ("--bridge=none", "--iptables=false", "--ip-forward=false")
    try:
        daemon.bound("data", "2g")  # on a larger disk the bombs below would count as honest
        daemon.start()
        daemon.load(boxes.archive("good:1", [boxes.layer({"f": "good"})]))
        assert until(lambda: _packed(daemon), 30)  # afterwards nothing changes in the data root by itself
        yield daemon
    finally:
        daemon.close()


def _data(daemon: Daemon) -> Path:
    """The data root as the daemon sees it: a file system in its own mount namespace."""
    return Path(f"/proc/{daemon.anchor()}/root{daemon.base}/data")


def _packed(daemon: Daemon) -> bool:
    """Whether the one layer's blob is the gzipped one, alone."""
    blobs = list((_data(daemon) / "blobs/sha256").iterdir())
    return len(blobs) == 1 and blobs[0].read_bytes()[:2] == b"\x1f\x8b"


def pack(*files: tuple[str, bytes]) -> bytes:
    """A tar of regular files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image(layer: bytes, diff: str | None = None, **more: Any) -> bytes:
    """A docker-archive with one layer as it is, said to be ``diff``."""
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [diff or sha(layer)]}, **more}
    listed = [{"Config": "c.json", "RepoTags": ["evil:1"], "Layers": ["l"]}]
    return pack(("c.json", json.dumps(config).encode()), ("l", layer), ("manifest.json", json.dumps(listed).encode()))


def zeros(megabytes: int) -> bytes:
    """A layer of one file of zeros, gzipped a thousand to one."""
    info = tarfile.TarInfo("zeros")
    info.size = megabytes << 20
    packer = zlib.compressobj(9, wbits=31)
    out = packer.compress(info.tobuf())
    return out + b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def many(count: int) -> bytes:
    """A layer of empty files, compressed."""
    block = tarfile.TarInfo("f").tobuf()
    return gzip.compress(block * count + bytes(1024), 1)


def oci(manifest: bytes, digest: str | None = None, **entry: Any) -> bytes:
    """An OCI layout whose index leads to ``manifest``."""
    name = digest or sha(manifest)
    item = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": name, "size": len(manifest), **entry}
    index = json.dumps({"schemaVersion": 2, "manifests": [item]}).encode()
    path = "blobs/" + name.replace(":", "/")
    return pack(("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", index), (path, manifest))


SOUND = boxes.layer({"f": "x"})
DEEP = b"[" * 100_000
WRONG = "sha256:" + "0" * 64
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no archive": lambda: b"hello " * 1000,
    "an archive of nothing": lambda: pack(),
    "a bomb of zeros": lambda: image(zeros(700), WRONG),
    "a bomb around the archive": lambda: zeros(700),
    "forty thousand files for nothing": lambda: image(many(40_000), WRONG),
    "ten thousand folders deep": lambda: image(pack(("d/" * 10_000 + "f", b"")), WRONG),
    "a path of a megabyte": lambda: image(pack(("n" * 1_000_000, b"")), WRONG),
    "an extended header of 64 MB": lambda: image(
        (lambda info: info.tobuf()[:512])(_sized(tarfile.XHDTYPE, 64 << 20)) + bytes(1 << 20), WRONG
    ),
    "a manifest of 20 MB": lambda: pack(("manifest.json", b"[" + b" " * (20 << 20) + b"]")),
    "a manifest a hundred thousand deep": lambda: pack(("manifest.json", DEEP)),
    "a config a hundred thousand deep": lambda: pack(
        ("c.json", DEEP), ("manifest.json", b'[{"Config":"c.json","Layers":[]}]')
    ),
    "a number of a million digits": lambda: pack(("manifest.json", b"[" + b"9" * 1_000_000 + b"]")),
    "a diff id of something else": lambda: image(SOUND, WRONG),
    "a diff id that is a path": lambda: image(SOUND, "sha256:../../../../etc/passwd"),
    "a layer that is cut": lambda: image(SOUND[:700], sha(SOUND[:700])),
    "a layer with something behind it": lambda: image(SOUND + b"x" * 512, sha(SOUND + b"x" * 512)),
    "a layer that is not there": lambda: pack(
        ("c.json", json.dumps({"rootfs": {"diff_ids": [sha(SOUND)]}}).encode()),
        ("manifest.json", b'[{"Config":"c.json","Layers":["../../../etc/shadow"]}]'),
    ),
    "a link out instead of a layer": lambda: _linked(),
    "a name that is none": lambda: image(SOUND).replace(b"evil:1", b"EVIL:1"),
    "a bomb of zstd": lambda: image(zstandard.compress(_zeros_file(512)), WRONG),
    "a bomb of xz": lambda: image(lzma.compress(_zeros_file(128), preset=0), WRONG),
    "a bomb of bzip2": lambda: image(bz2.compress(_zeros_file(128)), WRONG),
    "a bomb of many members": lambda: image(
        gzip.compress(_zeros_file(700)[:512]) + gzip.compress(bytes(1 << 20)) * 700
    ),
    "zeros without an end behind the archive": lambda: image(
        gzip.compress(SOUND) + gzip.compress(bytes(1 << 20)) * 700
    ),
    "an archive packed twice": lambda: image(gzip.compress(gzip.compress(SOUND)), WRONG),
    "a sparse file of four exabytes": lambda: image(_sparse(1 << 62), WRONG),
    "a hard link out": lambda: image(_member(tarfile.LNKTYPE, "../../../../../../etc/passwd"), WRONG),
    "a hard link through a link": lambda: image(
        _member(tarfile.SYMTYPE, "/etc")[:512] + _member(tarfile.LNKTYPE, "x/passwd", "y"), WRONG
    ),
    "a device that no kernel has": lambda: image(_member(tarfile.BLKTYPE, "", devmajor=1 << 13), WRONG),
    "a name that goes up": lambda: image(pack(("../../../../../../tmp/evil", b"evil")), WRONG),
    "a manifest that is another": lambda: oci(b'{"schemaVersion":2}', WRONG),
    "a manifest that is an index too": lambda: oci(
        json.dumps({"schemaVersion": 2, "layers": [], "config": {}, "manifests": []}).encode()
    ),
    "a digest that is a path": lambda: oci(b"{}", digest="sha256:../../../x"),
    "a size that lies": lambda: oci(b"{}", size=5),
}


def _zeros_file(megabytes: int) -> bytes:
    """A layer of one file of zeros, plain."""
    info = tarfile.TarInfo("zeros")
    info.size = megabytes << 20
    return info.tobuf() + bytes(info.size)


def _sparse(size: int) -> bytes:
    info = tarfile.TarInfo("s")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(size)}
    info.size = 512
    return info.tobuf(tarfile.PAX_FORMAT) + b"0\n".ljust(512, b"\0") + bytes(1024)


def _member(kind: bytes, link: str, name: str = "x", devmajor: int = 0) -> bytes:
    """A layer of one entry without content."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.devmajor = kind, link, devmajor
    return info.tobuf() + bytes(1024)


def _sized(kind: bytes, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info


def _linked() -> bytes:
    out = io.BytesIO(image(SOUND))
    with tarfile.open(fileobj=out) as archive:
        rest = [(m.name, archive.extractfile(m).read()) for m in archive if m.name != "l"]  # type: ignore[union-attr]
    link = tarfile.TarInfo("l")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return link.tobuf() + pack(*rest)


def _peak(pid: int) -> int:
    """KiB that the process has had at most since :func:`_forget`."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0])


def _forget(pid: int) -> int:
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _peak(pid)


def _names(daemon: Daemon) -> list[str]:
    """Everything in the data root, but what is on its way out."""
    base = _data(daemon)
    found = []
    for where, folders, files in os.walk(base):
        folders[:] = [name for name in folders if name not in (".trash", "containers")]
        found += [f"{where}/{name}" for name in files if not name.startswith(("images.db", "engine.db", "network.db"))]
        found += [f"{where}/{name}" for name in folders]
    return sorted(found)


@pytest.mark.parametrize("name", ARCHIVES)
def test_refused_by_the_daemon(engine: Daemon, name: str, tmp_path: Path) -> None:
    data = ARCHIVES[name]()
    (marker := tmp_path / "marker").write_text("host")
    status = marker.lstat()
    before, size = _names(engine), _forget(engine.pid)
    assert any("/blobs/sha256/" in path for path in before)
    code, answer = engine.api("POST", "/images/load?quiet=1", data, timeout=120)
    text = str(answer)
    assert code >= 400 or "errorDetail" in text, (code, text[:500])
    assert "Traceback" not in text and "internal" not in text.lower(), text[:500]
    assert _peak(engine.pid) - size < MOST
    assert until(lambda: _names(engine) == before, 10), set(_names(engine)) ^ set(before)
    assert [row["RepoTags"] for row in engine.api("GET", "/images/json")[1]] == [["good:1"]]
    now = marker.lstat()
    assert (now.st_mode, now.st_uid, now.st_nlink, now.st_ctime_ns) == (
        status.st_mode, status.st_uid, status.st_nlink, status.st_ctime_ns
    )  # fmt: skip
    assert "Traceback" not in engine.log


LAYERS: dict[str, Callable[[], bytes]] = {
    "no archive": lambda: b"hello " * 1000,
    "a bomb": lambda: zeros(700),
    "a bomb of zstd": lambda: zstandard.compress(_zeros_file(512)),
    "ten thousand folders deep": lambda: pack(("d/" * 10_000 + "f", b"")),
    "a sparse file of four exabytes": lambda: _sparse(1 << 62),
    "a hard link out": lambda: _member(tarfile.LNKTYPE, "../../../../../../etc/passwd"),
    "a name that goes up": lambda: pack(("../../../../../../tmp/evil", b"evil")),
    "a device that no kernel has": lambda: _member(tarfile.BLKTYPE, "", devmajor=1 << 13),
    "an extended header of a gigabyte": lambda: _sized(tarfile.XHDTYPE, 1 << 30).tobuf()[:512] + bytes(1 << 20),
    "an archive that is cut": lambda: SOUND[:700],
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("way", ["import", "copy"])
def test_a_layer_that_comes_another_way(engine: Daemon, way: str, name: str) -> None:
    """``import`` leaves nothing behind; a copy into a container leaves at most what it has unpacked there."""
    data = LAYERS[name]()
    body = {"Image": "good:1", "Cmd": ["x"], "HostConfig": {"NetworkMode": "none"}}
    box = engine.api("POST", "/containers/create", body)[1]["Id"]
    before, size = _names(engine), _forget(engine.pid)
    if way == "import":
        code, answer = engine.api("POST", "/images/create?fromSrc=-", data, timeout=120)
    else:
        code, answer = engine.api("PUT", f"/containers/{box}/archive?path=/", data, timeout=120)
    text = str(answer)
    assert code >= 400 or "errorDetail" in text, (code, text[:500])
    assert "Traceback" not in text and "internal" not in text.lower(), text[:500]
    assert _peak(engine.pid) - size < MOST
    assert not os.path.exists("/tmp/evil")
    if way == "import":
        assert until(lambda: _names(engine) == before, 10), set(_names(engine)) ^ set(before)
    assert engine.api("DELETE", f"/containers/{box}")[0] == 204
    assert "Traceback" not in engine.log


def test_after_all_of_them_a_good_one_loads(engine: Daemon) -> None:
    """CVE-2021-20291: a bad layer leaves nothing locked; a hundred times."""
    bad, good = image(SOUND, WRONG), boxes.archive("later:1", [boxes.layer({"f": "later"})])
    for _ in range(100):
        assert "does not match" in str(engine.api("POST", "/images/load?quiet=1", bad)[1])
    engine.load(good)
    assert engine.api("GET", "/images/later:1/json")[0] == 200
    assert b'"damage"' not in engine.api("POST", "/hutch/fsck")[1]
    assert engine.api("DELETE", "/images/later:1")[0] == 200
