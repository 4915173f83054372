from __future__ import annotations

import pytest

from hutch.model import digest
from hutch.model.errors import Invalid

EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_sha256() -> None:
    assert digest.sha256(b"") == EMPTY
    assert digest.check(EMPTY) == EMPTY
    assert digest.short(EMPTY) == "e3b0c44298fc"
    assert digest.is_digest("sha512:" + "0" * 128)


@pytest.mark.parametrize(
    "bad",
    ["", "sha256:", "sha256:../../x", EMPTY.upper(), EMPTY[:-1], EMPTY + "0", "md5:" + "0" * 32, "sha256:" + "٠" * 64,
     "sha256:" + "0" * 63 + "\n", None, 7, "sha256:" + "0" * 63 + "/"],
)  # fmt: skip
def test_anything_else_is_refused(bad: object) -> None:
    with pytest.raises(Invalid, match=r"^invalid digest"):
        digest.check(bad)


def test_chain() -> None:
    a, b = digest.sha256(b"a"), digest.sha256(b"b")
    assert digest.chain_ids([a, b]) == [a, digest.sha256(f"{a} {b}".encode())]
