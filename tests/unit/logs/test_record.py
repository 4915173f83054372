from __future__ import annotations

import pytest

from hutch.logs.record import Record, details, fixed_time, pad_time, render

T = "2026-01-02T03:04:05.000000000Z"


@pytest.mark.parametrize(
    ("text", "padded"),
    [
        ("2026-01-02T03:04:05Z", T),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500000000Z"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789Z"),
    ],
)
def test_padded_times(text: str, padded: str) -> None:
    assert pad_time(text) == padded


def test_fixed_time() -> None:
    assert fixed_time(1_767_323_045_000_000_000) == T


RECORDS = [Record("stdout", T, b"a\n"), Record("stdout", T, b"b\n"), Record("stderr", T, b"c", {"z": "1 2", "k": "v"})]


def test_each_record_has_a_frame_of_its_own() -> None:
    heads = [b"\x01\0\0\0\0\0\0\x02", b"\x01\0\0\0\0\0\0\x02", b"\x02\0\0\0\0\0\0\x01"]
    assert render(RECORDS, mux=True) == heads[0] + b"a\n" + heads[1] + b"b\n" + heads[2] + b"c"
    assert render(RECORDS, mux=False) == b"a\nb\nc"
    assert render([], mux=True) == b""


def test_a_frame_counts_what_stands_before_the_line() -> None:
    whole = render(RECORDS[:1], mux=True, timestamps=True)
    assert whole == b"\x01\0\0\0\0\0\0" + bytes([len(T) + 3]) + T.encode() + b" a\n"


def test_timestamps_and_details_before_each_line() -> None:
    stamp = T.encode()
    assert render(RECORDS[1:], mux=False, timestamps=True, detail=True) == stamp + b"  b\n" + stamp + b" k=v,z=1+2 c"
    assert details({"b": "=", "a": ","}) == "a=%2C,b=%3D"
