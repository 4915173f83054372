"""The keeper's event loop: epoll(7), timers, and ended children. One thread, no tasks, a few hundred bytes each."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

from hutch.linux import signals

READ = select.EPOLLIN
WRITE = select.EPOLLOUT
GONE = select.EPOLLHUP | select.EPOLLERR
"""Reported whether asked for or not (epoll_ctl(2))."""

Handler = Callable[[int], None]


class Timer:
    """A call in the future; :meth:`cancel` takes it back."""

    __slots__ = ("at", "call")

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Do not call."""
        self.call = None


class Loop:
    """Calls a handler with the epoll events of its descriptor, timers in order, and one call for each ended child.

    Takes over SIGCHLD: children are reaped here only, so a pid is ours until its handler ran.
    """

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._timers: list[Timer] = []
        self._children: dict[int, Handler] = {}
        self._strangers: dict[int, int] = {}
        self._holds = 0
        self._stopped = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._handlers[self._wake_read] = self._woken
        self._poll.register(self._wake_read, READ)
        signals.watch_children(self._wake_write)

    def watch(self, fd: int, events: int, handler: Handler) -> None:
        """Call ``handler(events)`` whenever ``fd`` is ready; 0 watches for hang-up only."""
        self._poll.register(fd, events)
        self._handlers[fd] = handler

    def change(self, fd: int, events: int) -> None:
        """Watch for other events."""
        self._poll.modify(fd, events)

    def forget(self, fd: int) -> None:
        """Stop watching; before closing the descriptor. Unknown descriptors are fine."""
        if self._handlers.pop(fd, None):
            self._poll.unregister(fd)

    def after(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once, ``seconds`` from now."""
        timer = Timer(time.monotonic() + seconds, call)
        self._timers.append(timer)
        return timer

    def child(self, pid: int, handler: Handler) -> None:
        """Call ``handler(wait status)`` when the child ended. Register before returning to the loop after the fork."""
        if pid in self._strangers:
            status = self._strangers.pop(pid)
            self.after(0, lambda: handler(status))
        else:
            self._children[pid] = handler

    def hold_strangers(self, on: bool) -> None:
        """Remember who ended without a handler, for a :meth:`child` that comes later; calls nest."""
        self._holds += 1 if on else -1
        if not self._holds:
            self._strangers.clear()

    def stop(self) -> None:
        """Let :meth:`run` return after the current round, or at once when it is called later."""
        self._stopped = True

    def run(self) -> None:
        """Until :meth:`stop`."""
        self._reap()
        while not self._stopped:
            for fd, events in self._poll.poll(self._timeout()):
                handler = self._handlers.get(fd)
                if handler:
                    handler(events)
            self._run_timers()
        self._stopped = False

    def close(self) -> None:
        """Give back descriptors and signals."""
        signals.forget_children()
        self._poll.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _timeout(self) -> float | None:
        deadlines = [timer.at for timer in self._timers if timer.call]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _run_timers(self) -> None:
        if not self._timers:
            return
        now = time.monotonic()
        due = [timer for timer in self._timers if timer.at <= now]
        self._timers = [timer for timer in self._timers if timer.at > now and timer.call]
        due.sort(key=lambda timer: timer.at)  # several are due at once when the machine was busy
        for timer in due:
            if timer.call:
                timer.call()

    def _woken(self, _events: int) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            return
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            handler = self._children.pop(pid, None)
            if handler:
                handler(status)
            elif self._holds:
                self._strangers[pid] = status
