"""A thread that visits other network namespaces and always comes home (setns(2), network_namespaces(7)).

The network namespace is a property of the thread, so the rest of the daemon stays where it is. A thread that cannot
come home is never used again.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from hutch.linux.libc import blocking, error

T = TypeVar("T")
CLONE_NEWNET = 0x40000000


def set_netns(fd: int) -> None:
    """Move the calling thread into the network namespace ``fd``. Raises OSError."""
    if blocking.setns(fd, CLONE_NEWNET) == -1:
        raise error("setns into a network namespace")


class Visitor:
    """Runs jobs one after the other on its thread; a job may run part of itself in another namespace by ``within``."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._lost = False
        self._thread = self._begin()

    def _begin(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="network", daemon=True)
        thread.start()
        return thread

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job; its future has the result or the error."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def within(self, fd: int, visit: Callable[[], T]) -> T:
        """Call ``visit`` in the namespace ``fd``. Only from inside a job. Raises OSError, and what ``visit`` raises."""
        set_netns(fd)
        try:
            return visit()
        finally:
            try:
                set_netns(self._home)
            except OSError:
                self._lost = True
                raise

    def close(self) -> None:
        """Finish the queued jobs and end the thread."""
        self._jobs.put(None)
        self._thread.join()
        os.close(self._home)

    def _work(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = job()
            except BaseException as failure:
                future.set_exception(failure)
            else:
                future.set_result(result)
            if self._lost:
                # A new thread is born where its maker is: in the lost namespace. It must go home first, or give up.
                self._lost = False
                set_netns(self._home)
