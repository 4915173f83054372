import os
import threading

import pytest

from hutch.network.namespace import Visitor


def test_jobs_run_in_order_on_one_thread_that_is_not_ours() -> None:
    visitor = Visitor()
    seen: list[tuple[int, int]] = []
    futures = [visitor.submit(lambda n=n: seen.append((n, threading.get_ident()))) for n in range(5)]
    for future in futures:
        future.result(5)
    assert [n for n, _ in seen] == [0, 1, 2, 3, 4]
    assert len({thread for _, thread in seen}) == 1 and seen[0][1] != threading.get_ident()
    visitor.close()


def test_a_job_that_fails_fails_alone() -> None:
    visitor = Visitor()
    with pytest.raises(ZeroDivisionError):
        visitor.submit(lambda: 1 // 0).result(5)
    assert visitor.submit(lambda: 7).result(5) == 7
    visitor.close()


def test_what_is_no_network_namespace_is_not_visited() -> None:
    visitor = Visitor()
    fd = os.open("/", os.O_RDONLY)
    with pytest.raises(OSError):
        visitor.submit(lambda: visitor.within(fd, lambda: None)).result(5)
    os.close(fd)
    assert visitor.submit(lambda: "still here").result(5) == "still here"
    visitor.close()
