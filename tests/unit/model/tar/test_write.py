from __future__ import annotations

import io
import tarfile

import pytest

from hutch.model.errors import System
from hutch.model.tar import write
from hutch.model.tar.header import REGULAR, SYMLINK, Entry
from hutch.model.tar.reader import Reader


@pytest.mark.parametrize("length", [1, 99, 100, 101, 155, 200, 256, 257, 1000])
def test_names_of_any_length(length: int) -> None:
    name = ("/".join(["n" * 60] * 20))[:length].rstrip("/") or "n"
    entry = Entry(name.encode(), REGULAR, 0o600)
    data = write.head(entry) + write.END
    assert [e.name for e in Reader([data])] == [name.encode()]
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getnames() == [name]


def test_what_does_not_fit_into_ustar() -> None:
    entry = Entry("ü".encode(), SYMLINK, 0o777)
    entry.link, entry.uid, entry.gid = b"t" * 300, 1 << 31, 1 << 22
    entry.mtime, entry.xattrs = 1_500_000_001, {"user.x": b"=\n\0"}
    (back,) = Reader([write.head(entry) + write.END])
    for field in ("name", "kind", "mode", "uid", "gid", "mtime", "link", "xattrs"):
        assert getattr(back, field) == getattr(entry, field), field


def test_a_record_counts_its_own_length() -> None:
    for size in range(1, 1100):
        made = write.record("k", b"v" * size)
        assert len(made) == int(made.split(b" ")[0])


def test_content_must_have_the_promised_size() -> None:
    assert len(b"".join(write.exactly(iter([b"abc"]), 3, "f"))) == 512
    for size in (2, 4):
        with pytest.raises(System):
            list(write.exactly(iter([b"abc"]), size, "f"))


def test_the_ways_of_dockerd() -> None:
    """Which of the possible headers is taken decides about the digest of a layer."""
    long = Entry(b"d/" + b"n" * 60 + b"/" + b"m" * 60 + b"/" + b"o" * 20)
    block = write.head(long)
    assert len(block) == 512, "the prefix field serves, and is cut as late as possible"
    assert block[345:].rstrip(b"\0") == b"d/" + b"n" * 60 + b"/" + b"m" * 60 and block[:21] == b"o" * 20 + b"\0"
    assert block[329:345] == b"0000000\0" * 2, "device numbers of what is no device"
    accented = write.head(Entry("d/ü name".encode()))
    assert accented[:21] == b"d/PaxHeaders.0/ name\0" and accented[100:108] == b"0000000\0"
    assert accented[329:345] == bytes(16) and accented[512:530] == "18 path=d/ü name\n".encode()
    assert accented[1024:1032] == b"d/ name\0"
    owner = Entry(b"f")
    owner.uid, owner.gid = 3_000_000, 70_000
    block = write.head(owner)
    assert block[512:527] == b"15 uid=3000000\n" and block[1024 + 108 : 1024 + 124] == b"0000000\0" + b"0210560\0"
    folder = write.head(Entry("ü/".encode(), b"5"))
    assert folder[:15] == b"/PaxHeaders.0" + bytes(2)


def test_a_name_cut_at_a_slash_does_not_look_like_a_folder() -> None:
    block = write.head(Entry(b"n" * 99 + b"/" + b"m" * 120))
    assert block[1024 : 1024 + 100] == b"n" * 99 + b"\0"


def test_pieces_are_gathered() -> None:
    assert [len(piece) for piece in write.gathered([b"x" * 100_000] * 4)] == [300_000, 100_000]
    assert list(write.gathered([])) == []
