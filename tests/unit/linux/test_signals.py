"""In a child of the test each: what is changed is the process's own."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable

import pytest

from hutch.linux import signals


def in_child(check: Callable[[], bool]) -> int:
    pid = os.fork()
    if not pid:
        try:
            os._exit(0 if check() else 1)
        except BaseException:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def child() -> int:
    pid = os.fork()
    if not pid:
        os._exit(0)
    return pid


def test_the_end_of_a_child_wakes_until_forgotten() -> None:
    def check() -> bool:
        read, write = os.pipe2(os.O_NONBLOCK)
        signals.watch_children(write)
        os.waitpid(child(), 0)
        woken = bool(select.select([read], [], [], 5)[0]) and len(os.read(read, 9)) == 1
        signals.forget_children()
        os.waitpid(child(), 0)
        return woken and not select.select([read], [], [], 0)[0]

    assert in_child(check) == 0


def test_ignored_children_leave_nothing_to_reap() -> None:
    def check() -> bool:
        signals.ignore_children()
        pid = child()
        try:
            os.waitpid(pid, 0)  # waits until it is gone, and then says so
        except ChildProcessError:
            return True
        return False

    assert in_child(check) == 0


def test_send_to_a_process() -> None:
    pid = os.posix_spawn("/bin/sleep", ["sleep", "100"], {})
    pidfd = os.pidfd_open(pid)
    signals.send(pidfd, 9)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == 9
    with pytest.raises(ProcessLookupError):
        signals.send(pidfd, 9)
    os.close(pidfd)


def test_what_a_parent_ignored_is_ignored_no_more() -> None:
    def ignored() -> int:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1], 16) for line in status if line.startswith("SigIgn:"))

    def check() -> bool:
        hup_int_quit = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT}
        for number in hup_int_quit:
            signal.signal(number, signal.SIG_IGN)
        before = ignored()
        signals.refuse_ignorance()
        return before & 7 == 7 and not ignored() & 7

    assert in_child(check) == 0
