from __future__ import annotations

import email.utils
import time

from hutch.registry.retry import delay, seconds


def test_what_the_server_asks_for_counts() -> None:
    assert delay(1, "7") == 7.0
    assert delay(1, "100000") == 300.0
    assert seconds("soon") is None and seconds("") is None and seconds("-3") is None
    ahead = seconds(email.utils.formatdate(time.time() + 60))
    assert ahead is not None and 50 < ahead <= 60
    assert seconds("Mon, 01 Jan 2001 00:00:00 GMT") == 0.0


def test_delays_grow_and_end() -> None:
    assert 0.25 <= delay(1) <= 0.5
    assert 2.0 <= delay(4) <= 4.0
    assert 15.0 <= delay(100) <= 30.0
