from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.keeper.log import MAX_FILE, MAX_SIZE, Bounds, open_log, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10", 10),
        ("10b", 10),
        ("1k", 1024),
        ("1kb", 1024),
        ("20m", 20 << 20),
        ("1.5G", 3 << 29),
        ("2MiB", 2 << 20),
        ("3 k", 3072),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "abc", "-1", "1x", "1kk", "1..2m", "m", "٣"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(Invalid, match="invalid size: '"):
        parse_size(text)


def test_logs_are_bounded_by_default() -> None:
    bounds = Bounds({})
    assert (bounds.max_size, bounds.max_file, bounds.compress) == (MAX_SIZE, MAX_FILE, True)
    assert Bounds({"max-size": "-1"}).max_size == 0
    assert not Bounds({"compress": "false"}).compress


def test_streams_share_a_file_and_keep_their_lines_apart(tmp_path: Path) -> None:
    log = open_log({"driver": "json-file", "path": str(tmp_path / "l"), "options": {}, "attrs": {"a": "b"}})
    log.write("stdout", b"hal")
    log.write("stderr", b"oops\n")
    log.write("stdout", b"lo\nlast")
    log.finish("stdout")
    log.finish("stderr")
    log.close()
    records = [json.loads(line) for line in (tmp_path / "l").read_bytes().splitlines()]
    assert [(r["log"], r["stream"], r["attrs"]) for r in records] == [
        ("oops\n", "stderr", {"a": "b"}),
        ("hallo\n", "stdout", {"a": "b"}),
        ("last", "stdout", {"a": "b"}),
    ]


def test_a_full_disk_costs_records_and_says_so(tmp_path: Path) -> None:
    import resource
    import signal

    path = tmp_path / "l"
    pid = os.fork()
    if not pid:
        try:  # the file size limit of a child stands for the full disk: a write stops in the middle, then EFBIG
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            log = open_log({"driver": "json-file", "path": str(path), "options": {}})
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            log.write("stdout", b"first\n")
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
            log.write("stdout", b"second\n")
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            log.write("stdout", b"third\n")
            log.close()
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    texts = [json.loads(line)["log"] for line in path.read_bytes().splitlines()]
    assert texts == ["first\n", "[hutch: 7 bytes of output were not logged: File too large]\n", "third\n"]


def test_none_keeps_nothing_and_others_are_refused() -> None:
    log = open_log({"driver": "none"})
    log.write("stdout", b"x\n")
    log.finish("stdout")
    log.close()
    assert log.compressor == 0
    with pytest.raises(Invalid, match="syslog"):
        open_log({"driver": "syslog", "path": "/nowhere"})


def test_the_log_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        open_log({"driver": "local", "path": str(tmp_path / "l")})
    assert not (tmp_path / "elsewhere").exists()
