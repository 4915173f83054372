from __future__ import annotations

import threading

from hutch.runtime.keeper.ring import Ring


class Disk:
    """One that hangs until it is told not to."""

    def __init__(self) -> None:
        self.goes = threading.Event()
        self.asked = threading.Event()
        self.written: list[bytes] = []

    def write(self, _stream: str, block: bytes, _at: int) -> None:
        self.asked.set()
        assert self.goes.wait(20)
        self.written.append(block)

    def dropped(self, count: int) -> None:
        self.written.append(b"lost %d" % count)


def test_a_disk_that_hangs_costs_the_oldest_lines_and_no_time() -> None:
    disk = Disk()
    ring = Ring(20, disk.write, disk.dropped)
    ring.put("stdout", b"first\n", 1)
    assert disk.asked.wait(20)
    for number in range(100):
        ring.put("stdout", b"line %04d\n" % number, number)
    disk.goes.set()
    assert ring.close()
    assert disk.written == [b"first\n", b"lost 980", b"line 0098\n", b"line 0099\n"]


def test_a_block_of_many_lines_is_cut_to_what_fits() -> None:
    disk = Disk()
    ring = Ring(12, disk.write, disk.dropped)
    ring.put("stdout", b"x", 1)
    assert disk.asked.wait(20)
    ring.put("stdout", b"aaaa\nbbbb\ncccc\ndddd\neeee\n", 2)
    ring.put("stdout", b"longer than the whole buffer\n", 3)
    disk.goes.set()
    assert ring.close()
    assert disk.written == [b"x", b"lost 25", b"longer than the whole buffer\n"]


def test_closing_gives_a_hanging_disk_up() -> None:
    disk = Disk()
    ring = Ring(12, disk.write, disk.dropped)
    ring.put("stdout", b"x", 1)
    assert not ring.close()
    disk.goes.set()
