from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from hutch.runtime.keeper.loop import READ, Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    yield it
    it.close()


def test_ready_descriptors_call_their_handler(loop: Loop) -> None:
    read, write = os.pipe()
    seen: list[bytes] = []

    def ready(_events: int) -> None:
        seen.append(os.read(read, 10))
        if len(seen) == 2:
            loop.forget(read)
            loop.stop()
        else:
            os.write(write, b"two")

    loop.watch(read, READ, ready)
    os.write(write, b"one")
    loop.run()
    os.close(read)
    os.close(write)
    assert seen == [b"one", b"two"]


@pytest.mark.parametrize("late", [0, 0.05])
def test_timers_run_in_order_and_can_be_taken_back(loop: Loop, late: float) -> None:
    seen: list[str] = []
    loop.after(0.03, loop.stop)
    loop.after(0.02, lambda: seen.append("later"))
    loop.after(0.01, lambda: seen.append("soon"))
    loop.after(0.005, lambda: seen.append("never")).cancel()
    time.sleep(late)  # then all are due in one round
    loop.run()
    assert seen == ["soon", "later"]


def test_children_are_reaped_and_told(loop: Loop) -> None:
    seen: list[int] = []
    pid = os.fork()
    if not pid:
        os._exit(7)

    def ended(status: int) -> None:
        seen.append(os.waitstatus_to_exitcode(status))
        loop.stop()

    loop.child(pid, ended)
    loop.run()
    assert seen == [7]
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)


def test_a_stranger_that_ended_is_kept_for_who_asks_later() -> None:
    loop = Loop()
    seen: list[int] = []
    loop.hold_strangers(True)
    pid = os.fork()
    if not pid:
        os._exit(9)
    loop.after(0.2, loop.stop)
    loop.run()
    loop.child(pid, lambda status: (seen.append(status), loop.stop()))  # type: ignore[func-returns-value]
    loop.run()
    assert [os.waitstatus_to_exitcode(each) for each in seen] == [9]
    loop.hold_strangers(False)
    loop.close()
