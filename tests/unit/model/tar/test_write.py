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
