from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from hutch.runtime.keeper.log import FileLog, open_file
from hutch.runtime.keeper.log_ring import Ring, RingLog


def content(ring: Ring) -> list[bytes]:
    return [ring.pop()[1] for _ in range(len(ring))]


def test_the_oldest_lines_go() -> None:
    ring = Ring(20)
    for number in range(100):
        ring.put("stdout", b"line %04d\n" % number, number)
    assert ring.lost == 980
    assert ring.first() == ("stdout", b"line 0098\n", 98)
    assert content(ring) == [b"line 0098\n", b"line 0099\n"]


def test_a_block_of_many_lines_is_cut_to_what_fits() -> None:
    ring = Ring(12)
    ring.put("stdout", b"aaaa\nbbbb\ncccc\ndddd\neeee\n", 2)
    assert content(ring) == [b"eeee\n"]
    ring.put("stdout", b"longer than the whole buffer\n", 3)
    assert content(ring) == [b"longer than the whole buffer\n"]
    assert ring.lost == 20


def texts(path: Path) -> list[str]:
    return [json.loads(line)["log"] for line in path.read_bytes().splitlines()]


def test_a_writer_that_hangs_costs_the_oldest_output_and_says_so(tmp_path: Path) -> None:
    """A stopped process stands for one that waits for its disk."""
    path, note = tmp_path / "l", tmp_path / "pid"

    def opened() -> FileLog:
        note.write_text(str(os.getpid()))
        return open_file({"driver": "json-file", "path": str(path)})

    log = RingLog(100_000, opened)
    log.write("stdout", b"first\n")
    while not path.exists() or not texts(path):
        time.sleep(0.01)
    os.kill(int(note.read_text()), signal.SIGSTOP)
    for number in range(3000):
        log.write("stdout", (b"%04d " % number).ljust(999, b".") + b"\n")
    assert log.waiting
    os.kill(int(note.read_text()), signal.SIGCONT)
    log.close()
    logged = texts(path)
    notes = [text for text in logged if text.startswith("[hutch: ")]
    numbers = [int(text[:4]) for text in logged[1:] if text not in notes]
    assert notes
    assert all(text.endswith("bytes of output were not logged: the buffer was full]\n") for text in notes)
    assert sum(int(text.split()[1]) for text in notes) == (3000 - len(numbers)) * 1000
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-100:]) == (0, list(range(2900, 3000)))


def test_a_writer_that_was_killed_costs_the_log_only(tmp_path: Path) -> None:
    log = RingLog(1000, lambda: open_file({"driver": "nothing of ours", "path": str(tmp_path / "l")}))
    for _ in range(100):
        log.write("stdout", b"line\n")
        time.sleep(0.001)
    log.close()
    assert not log.waiting
