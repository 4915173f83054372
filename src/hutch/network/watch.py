"""Sees that somebody took our nftables rules away: ``nft flush ruleset``, a firewall service that starts anew.

The kernel tells every change of the ruleset to the group ``NFNLGRP_NFTABLES`` (linux/netfilter/nfnetlink.h). A socket
of that group belongs to the network namespace it was opened in, and costs nothing while nobody changes rules.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from hutch.linux.netlink import message as nl
from hutch.linux.netlink.socket import NETFILTER

SETTLE = 0.01
"""Seconds after a change before it is judged: one transaction is told in many messages. A loss does not wait longer
for further changes, however many come."""
_SOL_NETLINK, _ADD_MEMBERSHIP, _GROUP = 270, 1, 7
_SUBSYSTEM = 10  # NFNL_SUBSYS_NFTABLES
_FAMILY_IPV4 = 2
_NEW_TABLE = 0
_LOSSES = frozenset((2, 5, 8, 11))  # NFT_MSG_DELTABLE, DELCHAIN, DELRULE, DELSET
_NAME = 1  # NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE
_CHUNK = 1 << 17


def lost(data: bytes, table: str, before: bool) -> bool:
    """Whether something of our table is missing after the messages in ``data``; ``before``: whether it was already.

    A table that is made anew is complete: we make it with everything in one transaction.
    """
    for kind, _flags, _sequence, body in nl.messages(data):
        if kind >> 8 != _SUBSYSTEM or body[:1] != bytes([_FAMILY_IPV4]):
            continue
        action = kind & 0xFF
        if action != _NEW_TABLE and action not in _LOSSES:
            continue
        if nl.name_of(nl.attributes(body, 4).get(_NAME, b"")) == table:
            before = action != _NEW_TABLE
    return before


class RulesWatch:
    """Calls ``restore`` on the event loop when something of ``table`` was taken away by somebody else."""

    def __init__(self, table: str, restore: Callable[[], None]) -> None:
        self._table = table
        self._restore = restore
        self._lost = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER)
        try:
            self._socket.setblocking(False)
            self._socket.bind((0, 0))
            self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _GROUP)
            self._loop.add_reader(self._socket.fileno(), self._readable)
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Look no more."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        if self._timer is not None:
            self._timer.cancel()

    def _readable(self) -> None:
        pressing = self._lost and self._timer is not None
        try:
            self._lost = lost(self._socket.recv(_CHUNK), self._table, self._lost)
        except BlockingIOError:
            return
        except OSError:  # ENOBUFS: so many changes that the kernel gave up telling them
            self._lost = True
        if pressing:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(SETTLE, self._judge)

    def _judge(self) -> None:
        self._timer = None
        missing, self._lost = self._lost, False
        if missing:
            self._restore()
