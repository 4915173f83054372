"""Network counters for ``stats``."""

from __future__ import annotations

from hutch.engine.stats import interfaces

TEXT = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier comp
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0    0
  eth0:     176       2    3    4    0     0          0         0       99       5    6    7    0     0       0    0
"""


def test_interfaces() -> None:
    assert interfaces(TEXT) == {
        "eth0": {
            "rx_bytes": 176, "rx_packets": 2, "rx_errors": 3, "rx_dropped": 4,
            "tx_bytes": 99, "tx_packets": 5, "tx_errors": 6, "tx_dropped": 7,
        }
    }  # fmt: skip
    assert interfaces("") == {}
