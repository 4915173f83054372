from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.keeper.log import MAX_FILE, MAX_SIZE, RING, Bounds, open_log


def test_logs_are_bounded_by_default() -> None:
    bounds = Bounds({})
    assert (bounds.max_size, bounds.max_file, bounds.compress) == (MAX_SIZE, MAX_FILE, True)
    assert Bounds({"max-size": "-1"}).max_size == 0
    assert not Bounds({"compress": "false"}).compress


def test_units_are_dockers() -> None:
    """Sizes of files in powers of 1000, of memory in powers of 1024."""
    assert Bounds({"max-size": "10k"}).max_size == 10_000
    assert Bounds({"mode": "non-blocking", "max-buffer-size": "4m"}).buffer == 4 << 20
    assert Bounds({"mode": "non-blocking"}).buffer == RING
    assert Bounds({"mode": "blocking"}).buffer == -1


@pytest.mark.parametrize("driver", ["json-file", "local"])
def test_no_file_exceeds_the_bound(tmp_path: Path, driver: str) -> None:
    path = tmp_path / "l"
    options = {"max-size": "1k", "max-file": "50", "compress": "false"}
    log = open_log({"driver": driver, "path": str(path), "options": options, "attrs": {"a": "b"}})
    for _ in range(3):
        log.write("stdout", b"".join(b"line %d\n" % number for number in range(300)))
    log.close()
    sizes = [each.stat().st_size for each in tmp_path.iterdir()]
    assert len(sizes) > 5
    assert max(sizes) <= 1000
    assert min(size for each, size in zip(tmp_path.iterdir(), sizes, strict=True) if each != path) > 800


def test_without_blocking_everything_is_written_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "l"
    log = open_log({"driver": "json-file", "path": str(path), "options": {"mode": "non-blocking"}})
    for number in range(1000):
        log.write("stdout", b"%d\n" % number)
    log.write("stdout", b"rest")
    log.finish("stdout")
    log.close()
    texts = [json.loads(line)["log"] for line in path.read_bytes().splitlines()]
    assert texts == [*(f"{number}\n" for number in range(1000)), "rest"]


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
    with pytest.raises(Invalid, match="syslog"):
        open_log({"driver": "syslog", "path": "/nowhere"})


def test_the_log_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        open_log({"driver": "local", "path": str(tmp_path / "l")})
    assert not (tmp_path / "elsewhere").exists()
