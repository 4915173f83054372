from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable

import pytest
import zstandard

from hutch.images import compression
from hutch.model.errors import Invalid

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress, "bzip2": bz2.compress, "xz": lzma.compress,
    "": bytes,
}  # fmt: skip


@pytest.mark.parametrize("kind", list(PACKERS))
@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
def test_round_trip_in_any_pieces(kind: str, step: int) -> None:
    data = b"abc" * 50 + (b"" if step == 1 else os.urandom(3000) + bytes(3_000_000))
    packed = PACKERS[kind](data) + PACKERS[kind](b"second")
    source = io.BytesIO(packed)
    assert compression.detect(packed[:8]) == kind
    assert b"".join(compression.decompress(lambda n: source.read(min(n, step)))) == data + b"second"


def test_nothing_is_nothing() -> None:
    assert list(compression.decompress(lambda n: b"")) == []


def test_a_wrong_checksum_is_damage() -> None:
    packed = bytearray(gzip.compress(b"x" * 1000))
    packed[-6] ^= 1
    with pytest.raises(Invalid):
        list(compression.decompress(io.BytesIO(bytes(packed)).read))
