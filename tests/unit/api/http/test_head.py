from __future__ import annotations

import random

import pytest

from hutch.api.http import head as heads
from hutch.api.http.head import BadRequest


def parse(*lines: bytes) -> heads.Head:
    return heads.parse(b"\r\n".join([*lines, b"", b""]))


def test_a_head_in_parts() -> None:
    head = parse(b"GET /v1.47/images/a%2Fb/json?x=%20 HTTP/1.1", b"Host: h", b"X-A: 1", b"x-a: 2")
    assert (head.method, head.path, head.query) == ("GET", "/v1.47/images/a/b/json", "x=%20")
    assert head.headers["x-a"] == "1, 2"
    assert head.keep_alive


def test_absolute_targets_are_paths() -> None:
    assert parse(b"GET http://docker/info HTTP/1.1", b"Host: h").path == "/info"


def test_keep_alive_by_version_and_field() -> None:
    assert not parse(b"GET / HTTP/1.1", b"Host: h", b"Connection: a, Close").keep_alive
    assert not parse(b"GET / HTTP/1.0").keep_alive
    assert parse(b"GET / HTTP/1.0", b"Connection: keep-alive").keep_alive


def test_upgrade_counts_only_if_connection_names_it() -> None:
    assert parse(b"GET / HTTP/1.1", b"Host: h", b"Upgrade: tcp").upgrade == ""
    head = parse(b"POST / HTTP/1.1", b"Host: h", b"Connection: Upgrade", b"Upgrade: tcp", b"Content-Length: 3")
    assert (head.upgrade, head.length) == ("tcp", 3)


@pytest.mark.parametrize(
    "lines",
    [
        [b"GET /"],
        [b"GET / HTTP/1.1"],
        [b"CONNECT a:80 HTTP/1.1", b"Host: h"],
        [b"GET * HTTP/1.1", b"Host: h"],
        [b"GET /%zz HTTP/1.1", b"Host: h"],
        [b"GET /%4 HTTP/1.1", b"Host: h"],
        [b"GET / HTTP/1.1", b"Host: h", b"Host: g"],
        [b"GET / HTTP/1.1", b"Host: h", b"A : b"],
        [b"GET / HTTP/1.1", b"Host: h", b"A: b", b" c"],
        [b"POST / HTTP/1.1", b"Host: h", b"Content-Length: 1", b"Content-Length: 1"],
        [b"POST / HTTP/1.1", b"Host: h", b"Content-Length: +1"],
        [b"POST / HTTP/1.1", b"Host: h", b"Content-Length: 1", b"Transfer-Encoding: chunked"],
        [b"POST / HTTP/1.1", b"Host: h", b"Transfer-Encoding: gzip, chunked"],
        [b"POST / HTTP/1.1", b"Host: h", b"Transfer-Encoding: xchunked"],
        [b"POST / HTTP/1.0", b"Transfer-Encoding: chunked"],
        [b"GET / HTTP/1.1", b"Host: h", *[b"a: b"] * heads.MAX_FIELDS],
    ],
)
def test_doubtful_heads_are_refused(lines: list[bytes]) -> None:
    with pytest.raises(BadRequest):
        parse(*lines)


def test_the_end_is_found_whatever_the_line_ends() -> None:
    assert heads.find_end(bytearray(b"GET / HTTP/1.1\r\n\r\nbody")) == 18
    assert heads.find_end(bytearray(b"GET / HTTP/1.1\n\nbody\n\r\n")) == 16
    assert heads.find_end(bytearray(b"GET / HTTP/1.1\r\n")) == -1


def test_bytes_at_random_are_a_head_or_refused() -> None:
    dice = random.Random(20)
    good = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            head = heads.parse(bytes(data))
        except BadRequest as refused:
            assert 400 <= refused.status < 600
        else:
            assert head.path.startswith("/")
            assert head.length >= 0
