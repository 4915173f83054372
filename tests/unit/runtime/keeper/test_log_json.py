from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hutch.runtime.keeper.log_json import Clock, JsonFormat, escape


def test_the_record_dockerd_writes_for_the_same_output() -> None:
    """The expected line was written by dockerd 26.1 for the same bytes and options."""
    line = b'tab\there <a>&"q" \\ \x1b[1m \r\x7f \xff\xfe\xe2\x82 \xc3\xa9 \xe2\x80\xa8 \x08\x0c\n'
    written = JsonFormat({"tag": "tcondescending_haibt", "l1": "v1", "E1": "x"}).encode(
        "stdout", line, 1795468260637474574
    )
    assert written.decode() == (
        '{"log":"tab\\u0009here \\u003ca\\u003e\\u0026\\"q\\" \\\\ \\u001b[1m \\r\x7f \\ufffd\\ufffd\\ufffd\\ufffd'
        ' é \\u2028 \\u0008\\u000c\\n","stream":"stdout","attrs":{"E1":"x","l1":"v1","tag":"tcondescending_haibt"},'
        '"time":"2026-11-23T21:11:00.637474574Z"}\n'
    )


@pytest.mark.parametrize(
    "block", [bytes(range(256)).replace(b"\n", b""), b'\\n \\\\ "', "é😀\u2029".encode(), b"\xed\xa0\x80"]
)
def test_escaped_text_is_json_of_the_same_text(block: bytes) -> None:
    expected = block.decode("utf-8", "surrogateescape")
    expected = "".join("\ufffd" if "\udc80" <= char <= "\udcff" else char for char in expected)
    assert json.loads(b'"' + escape(block) + b'"') == expected


def test_every_line_of_a_block_becomes_a_record() -> None:
    records = JsonFormat({}).encode("stderr", b'one\n\ntw"o\n', 1_500_000_000).splitlines()
    assert [json.loads(record) for record in records] == [
        {"log": text, "stream": "stderr", "time": "1970-01-01T00:00:01.5Z"} for text in ("one\n", "\n", 'tw"o\n')
    ]


def test_a_part_has_no_newline() -> None:
    assert json.loads(JsonFormat({}).encode("stdout", b"part", 0))["log"] == "part"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (951868800_120000000, "2000-03-01T00:00:00.12Z"),
    ],
)
def test_times_are_cut_as_go_cuts_them(at: int, text: str) -> None:
    assert Clock().render(at).decode() == text


def test_a_half_written_record_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"log":"a\\n"}\n{"log":"b')
    fd = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        assert JsonFormat({}).repair(fd) == path.stat().st_size
    finally:
        os.close(fd)
    assert path.read_bytes().endswith(b'"b\n')
