"""Archives made to break out, fill up or confuse: each is refused or harmless, and nothing outside is touched.

Everything runs on both forms of whiteouts. ``outside`` stands for the host: a tree beside the root whose every file,
name, owner, mode and time must be the same afterwards.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import resource
import stat
import struct
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from hutch.images.compression import decompress
from hutch.images.tar.extract import Extractor
from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT, Limits
from hutch.model.tar.reader import Reader

pytestmark = [pytest.mark.hostile, pytest.mark.kernel]

LIMITS = DEFAULT._replace(ratio_from=8 << 20, entries=50_000)


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"", **more: object) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data)
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape") + data + bytes(-len(data) % 512)


def archive(*entries: bytes) -> bytes:
    return b"".join(entries) + bytes(1024)


SYM, HARD, DIR = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE


class Place:
    def __init__(self, base: Path, whiteouts: str) -> None:
        self.base = base
        self.root = base / "root"
        self.outside = base / "outside"
        self.whiteouts = whiteouts
        self.root.mkdir()
        (self.outside / "d").mkdir(parents=True)
        (self.outside / "secret").write_text("secret")
        (self.outside / "d/file").write_text("file")

    def unpack(self, data: bytes, limits: Limits = LIMITS) -> Extractor:
        extractor = Extractor(str(self.root), self.whiteouts, limits)  # type: ignore[arg-type]
        source = io.BytesIO(data)
        extractor.run(Reader(decompress(source.read, limits), limits))
        return extractor

    def snapshot(self) -> list[tuple[object, ...]]:
        result = []
        for path in sorted([self.outside, *self.outside.rglob("*")]):
            s = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            result.append((str(path), s.st_mode, s.st_uid, s.st_gid, s.st_mtime_ns, s.st_nlink, content))
        return [*result, tuple(sorted(os.listdir(self.base)))]


@pytest.fixture(params=["overlay", "remove"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    made = Place(tmp_path, request.param)
    before = made.snapshot()
    fds = set(os.listdir("/proc/self/fd"))
    yield made
    assert made.snapshot() == before
    assert len(set(os.listdir("/proc/self/fd")) - fds) == 0


ESCAPES: dict[str, bytes] = {
    "dots": archive(entry("../outside/secret", data=b"x")),
    "dots inside": archive(entry("a/../../outside/secret", data=b"x")),
    "dots folder": archive(entry("..", DIR, mode=0o777)),
    "many dots": archive(entry("./..//../outside/new", data=b"x")),
    "hard link out": archive(entry("h", HARD, "../outside/secret"), entry("h", data=b"x")),
    "hard link to an absolute path": archive(entry("h", HARD, "/etc/passwd")),
    "hard link through a link": archive(entry("l", SYM, "../outside"), entry("h", HARD, "l/secret")),
    "hard link to a folder": archive(entry("d", DIR), entry("h", HARD, "d")),
    "hard link to itself": archive(entry("h", HARD, "h")),
    "hard link to the root": archive(entry("h", HARD, ".")),
    "file as folder": archive(entry("f", data=b""), entry("f/x", data=b"x")),
    "whiteout of nothing": archive(entry(".wh.")),
    "whiteout of dot": archive(entry("d/.wh..")),
    "whiteout of dots": archive(entry("d/.wh...")),
    "whiteout folder": archive(entry(".wh.x/y", data=b"")),
    "device major": archive(entry("n", tarfile.CHRTYPE, devmajor=1 << 12)),
    "device minor": archive(entry("n", tarfile.BLKTYPE, devminor=1 << 20)),
    "long path": archive(entry("p/" * 2100 + "f")),
    "long link": archive(entry("l", SYM, "x" * 4096)),
    "deep": archive(entry("d/" * 513 + "f")),
    "component too long": archive(entry("n" * 256)),
    "unknown type": archive(entry("m", b"M")),
    "empty link": archive(entry("l", SYM, "")),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_refused(place: Place, name: str) -> None:
    with pytest.raises(Invalid):
        place.unpack(ESCAPES[name])


def test_absolute_names_and_links_stay_inside(place: Place) -> None:
    out = str(place.outside)
    place.unpack(
        archive(
            entry("/abs", data=b"x"),
            entry("a/b/../c", data=b"x"),
            entry("link", SYM, out),
            entry("link/through", data=b"x"),
            entry("rel", SYM, "../outside"),
            entry("rel/secret", data=b"overwritten"),
            entry("loop", SYM, "/"),
            entry("loop/etc/x", data=b"x"),
        )
    )
    assert (place.root / "abs").is_file() and (place.root / "a/c").is_file()
    assert (place.root / out[1:] / "through").is_file()
    assert (place.root / "outside/secret").read_bytes() == b"overwritten"
    assert (place.root / "etc/x").is_file()


def test_links_across_layers(place: Place) -> None:
    """A link of one layer is followed by names of the next: only inside the root, or replaced by a folder."""
    place.unpack(archive(entry("up", SYM, "../outside"), entry("d", DIR), entry("d/in", SYM, "../../outside/d")))
    place.unpack(archive(entry("up/secret", data=b"evil"), entry("d/in/file", data=b"evil"), entry("up/.wh.secret")))
    place.unpack(archive(entry("up/.wh..wh..opq"), entry("d/in/.wh..wh..opq")))


def test_metadata_is_never_set_through_a_link(place: Place) -> None:
    target = str(place.outside / "secret")
    place.unpack(
        archive(
            entry("l", SYM, target, mode=0o777, uid=1234, gid=1234, mtime=5,
                  pax_headers={"SCHILY.xattr.trusted.evil": "x"}),
            entry("d", SYM, str(place.outside / "d")),
            entry("d", DIR, mode=0o4777, uid=1234, mtime=5),
        )
    )  # fmt: skip
    assert (place.root / "l").lstat().st_uid == 1234
    assert stat.S_ISDIR((place.root / "d").lstat().st_mode)


def test_a_link_replaced_by_what_is_written(place: Place) -> None:
    place.unpack(archive(entry("l", SYM, str(place.outside / "secret")), entry("l", data=b"new")))
    assert (place.root / "l").read_bytes() == b"new"
    place.unpack(archive(entry("p", SYM, "../outside"), entry("p", DIR), entry("p/x", data=b"")))
    assert (place.root / "p/x").is_file()


def test_a_folder_replaced_while_its_descriptor_is_kept(place: Place) -> None:
    place.unpack(
        archive(
            entry("d", DIR), entry("d/e", DIR), entry("d/e/f", data=b"1"), entry("d", SYM, "../outside"),
            entry("d/e/g", data=b"2"), entry("d/secret", data=b"3"),
        )
    )  # fmt: skip
    assert (place.root / "outside/secret").read_bytes() == b"3"


def test_times_of_folders_that_became_links(place: Place) -> None:
    place.unpack(archive(entry("d", DIR, mtime=7), entry("d/x", DIR, mtime=7), entry("d", SYM, "../outside")))


def test_whiteouts_stay_inside(place: Place) -> None:
    place.unpack(archive(entry("gone", DIR), entry("gone/f", data=b""), entry("l", SYM, "../outside")))
    place.unpack(archive(entry(".wh.gone"), entry("l/.wh.secret"), entry(".wh.secret"), entry("x/.wh.y")))
    if place.whiteouts == "remove":
        assert not (place.root / "gone").exists()
    else:
        assert (place.root / "x/y").stat().st_rdev == 0


def test_a_literal_device_zero_is_only_a_node(place: Place) -> None:
    place.unpack(archive(entry("n", tarfile.CHRTYPE, devmajor=0, devminor=0)))
    assert (place.root / "n").stat().st_rdev == 0


def test_overlayfs_attributes_of_an_image_are_dropped(place: Place) -> None:
    place.unpack(
        archive(
            entry("d", DIR, pax_headers={"SCHILY.xattr.trusted.overlay.redirect": "/../../etc",
                                         "SCHILY.xattr.trusted.overlay.opaque": "y",
                                         "SCHILY.xattr.security.selinux": "x",
                                         "SCHILY.xattr.user.kept": "v"})
        )
    )  # fmt: skip
    assert [a for a in os.listxattr(place.root / "d") if not a.startswith("security.")] == ["user.kept"]


def test_a_parent_swapped_meanwhile(place: Place) -> None:
    """CVE-2021-32760, CVE-2025-47290: somebody renames while we unpack."""
    stop = threading.Event()
    (place.root / "p").mkdir()
    (place.root / "evil").symlink_to(str(place.outside))

    def swap() -> None:
        while not stop.is_set():
            for one, two in (("p", "q"), ("evil", "p"), ("p", "evil"), ("q", "p")):
                try:
                    os.rename(place.root / one, place.root / two)
                except OSError:
                    continue

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for turn in range(150):
            try:
                place.unpack(
                    archive(*(entry(f"p/{turn}-{n}", data=b"x", mode=0o777, uid=9) for n in range(5)),
                            entry("p", DIR, mode=0o777, uid=9, mtime=3), entry("p/secret", HARD, f"p/{turn}-0"))
                )  # fmt: skip
            except (Invalid, OSError):
                continue
    finally:
        stop.set()
        thread.join()


# Bombs


def peak(work: Callable[[], object]) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def zeros_gzip(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    chunk = bytes(1 << 20)
    return b"".join(packer.compress(chunk) for _ in range(megabytes)) + packer.flush()


def big(size: int) -> bytes:
    return entry("big")[:124] + b"%011o\0" % size + entry("big")[136:]


def with_checksum(block: bytes) -> bytes:
    clean = block[:148] + b" " * 8 + block[156:]
    return clean[:148] + b"%06o\0 " % sum(clean) + clean[156:]


@pytest.mark.parametrize("kind", ["gzip", "members", "zstd", "bzip2", "xz"])
def test_a_bomb_is_stopped_early(place: Place, kind: str) -> None:
    head = with_checksum(big(7 << 30))
    if kind == "gzip":
        data = gzip.compress(head) + zeros_gzip(64)
    elif kind == "members":
        data = gzip.compress(head) + zeros_gzip(1) * 64
    elif kind == "zstd":
        data = zstandard.ZstdCompressor(write_content_size=False).compress(head + bytes(256 << 20))
    elif kind == "bzip2":
        data = bz2.compress(head + bytes(64 << 20))
    else:
        data = lzma.compress(head + bytes(64 << 20))

    def work() -> None:
        with pytest.raises(Invalid, match="bomb"):
            place.unpack(data)

    assert peak(work) < 64 << 10
    written = [p.stat().st_size for p in place.root.iterdir()]
    assert sum(written) < 40 << 20


def test_too_many_entries(place: Place) -> None:
    data = gzip.compress(entry("f") * 50_001)
    with pytest.raises(Invalid, match="more than 50000 entries"):
        place.unpack(data, LIMITS._replace(ratio_from=1 << 40))


def test_an_extended_header_of_a_gigabyte(place: Place) -> None:
    pax = with_checksum(entry("p", b"x")[:124] + b"%011o\0" % (1 << 30) + entry("p", b"x")[136:])

    def work() -> None:
        with pytest.raises(Invalid, match="extended header"):
            place.unpack(pax + bytes(1 << 20))

    assert peak(work) < 32 << 10
    small = entry("p", b"x", data=b"9 a=bcde\n" * 50_000)
    with pytest.raises(Invalid, match="extended header"):
        place.unpack(archive(small, small, small, entry("f")))


def test_sparse_files_beyond_any_disk(place: Place) -> None:
    for size in (1 << 62, 1 << 63, -1):
        headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(size)}
        with pytest.raises(Invalid):
            place.unpack(archive(entry("s", data=b"0\n".ljust(512, b"\0"), pax_headers=headers)))
    for lines in (
        b"1\n5\n9\n",
        b"2\n8\n4\n0\n4\n",
        b"99999999999\n",
        b"x\n",
        b"1\n0\n99999999999999999999\n",
        b"1" * 512,
    ):
        headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "10"}
        with pytest.raises(Invalid):
            place.unpack(archive(entry("s", data=lines.ljust(512, b"\0"), pax_headers=headers)))


@pytest.mark.parametrize("field", ["uid", "gid", "size", "mtime", "path"])
@pytest.mark.parametrize("value", ["99999999999999999999", "-1", "4294967295", "1e9", "٠", "0x10", "x" * 5000, "a\0b"])
def test_numbers_and_names_that_are_none(place: Place, field: str, value: str) -> None:
    good = {("mtime", "-1"), ("mtime", "4294967295")}
    if (field, value) in good or (field == "path" and value not in ("a\0b", "x" * 5000)):
        pytest.skip("valid")
    if (field, value) == ("size", "4294967295"):
        pytest.skip("a size like any other: the archive is then truncated")
    record = f" {field}={value}\n".encode()
    length = len(record) + len(str(len(record) + 3))
    body = str(length).encode() + record
    body = str(len(body)).encode() + record
    with pytest.raises(Invalid):
        place.unpack(archive(entry("h", b"x", data=body), entry("f")))


def test_pax_records_that_lie_about_their_length(place: Place) -> None:
    for body in (
        b"5 a=b\n",
        b"99 path=x\n",
        b"0 a=b\n",
        b"-1 a=b\n",
        b"a=b\n",
        b"6 abc\n",
        b"999999999 a=b\n",
        b"2 \n",
    ):
        with pytest.raises(Invalid):
            place.unpack(archive(entry("h", b"x", data=body), entry("f")))


# Damage


def test_truncated_anywhere(place: Place) -> None:
    whole = archive(entry("a", data=b"x" * 3000), entry("b" * 200, data=b"y" * 700))
    for cut in [*range(1, 512, 37), 600, 3000, 3500, 3584 + 100, 3584 + 600]:
        with pytest.raises(Invalid):
            place.unpack(whole[:cut])
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress):
        packed = pack(whole)
        for cut in (7, len(packed) // 2, len(packed) - 1):
            with pytest.raises(Invalid):
                place.unpack(packed[:cut])


def test_garbage_after_the_end(place: Place) -> None:
    whole = archive(entry("a", data=b"x"))
    with pytest.raises(Invalid, match="after its end"):
        place.unpack(whole + b"garbage")
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress):
        with pytest.raises(Invalid):
            place.unpack(pack(whole) + b"garbage")
        place.unpack(pack(whole[:512]) + pack(whole[512:]))  # several members are one stream
    place.unpack(gzip.compress(whole) + bytes(4096))


def test_flipped_bits(place: Place) -> None:
    whole = archive(*(entry(f"f{n}", data=os.urandom(2000)) for n in range(20)))
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor(write_checksum=True).compress):
        packed = bytearray(pack(whole))
        for at in range(40, len(packed), len(packed) // 25):
            packed[at] ^= 0x40
            with pytest.raises(Invalid):
                place.unpack(bytes(packed))
            packed[at] ^= 0x40


def test_random_bytes_never_do_more_than_fail(place: Place) -> None:
    for size in (1, 511, 512, 513, 5000):
        with pytest.raises(Invalid):
            place.unpack(b"\x01" + os.urandom(size))
    good = archive(entry("a", data=b"x" * 100), entry("b", SYM, "a"), entry("c", DIR))
    for at in range(512):
        bad = bytearray(good)
        bad[at] ^= 0xFF
        try:
            place.unpack(bytes(bad))
        except Invalid:
            continue


def test_old_gnu_sparse_header_with_endless_extensions(place: Place) -> None:
    block = bytearray(entry("s", b"S"))
    block[482] = 1
    block[483:495] = b"%011o\0" % 100
    extension = bytearray(512)
    for n in range(21):
        extension[24 * n : 24 * n + 24] = struct.pack("12s12s", b"%011o\0" % n, b"%011o\0" % 0)
    extension[504] = 1
    with pytest.raises(Invalid, match=r"regions|out of order"):
        place.unpack(with_checksum(bytes(block)) + bytes(extension) * 6000)
