from __future__ import annotations

import io
import tarfile

import pytest

from hutch.model.errors import Invalid
from hutch.model.tar.reader import Reader, nanoseconds, pax_records


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_another_writer_wrote(form: int) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name in ("short", "p" * 90 + "/" + "n" * 60, "d/"):
            info = tarfile.TarInfo(name)
            info.size, info.uid, info.mtime, info.mode = 5, 70_000, 1_700_000_000, 0o4711
            archive.addfile(info, io.BytesIO(b"12345"))
    reader = Reader([out.getvalue()])
    seen = [(e.name, e.uid, e.mtime, e.mode, reader.content(e, 10)) for e in reader]
    assert [s[0] for s in seen][:2] == [b"short", b"p" * 90 + b"/" + b"n" * 60]
    assert seen[0][1:] == (70_000, 1_700_000_000 * 10**9, 0o4711, b"12345")


def test_times() -> None:
    assert nanoseconds(b"1.5") == 1_500_000_000
    assert nanoseconds(b"-1.25") == -1_250_000_000
    assert nanoseconds(b"7.1234567899") == 7_123_456_789


def test_records() -> None:
    assert pax_records(b"6 a=b\n8 c=d\ne\n") == [("a", b"b"), ("c", b"d\ne")]
    with pytest.raises(Invalid):
        pax_records(b"7 a=b\n")
