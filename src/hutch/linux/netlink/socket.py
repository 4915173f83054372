"""A netlink socket: several requests in one send, their acknowledgements, and dumps (netlink(7)).

A socket belongs for ever to the network namespace that its opener was in.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence
from types import TracebackType

from hutch.linux.netlink import message as nl

ROUTE = 0
NETFILTER = 12

_SOL_NETLINK = 270
_NETLINK_EXT_ACK = 11
_NETLINK_CAP_ACK = 10
_NLM_F_ACK_TLVS = 0x200
_NLMSGERR_ATTR_MSG = 1
_ANSWER_SIZE = 1 << 17
_DUMP_LIMIT = 1 << 26


class Netlink:
    """One socket of one netlink family. Not for use by two threads at once."""

    def __init__(self, family: int = ROUTE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
        self._sequence = 0
        try:
            self._socket.bind((0, 0))
            self._socket.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
            self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
            # The kernel answers at once; a lost answer must become an error and not a daemon that hangs.
            self._socket.settimeout(10.0)
        except OSError:
            self._socket.close()
            raise

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Netlink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def request(self, requests: Sequence[tuple[bytes, str]]) -> None:
        """Send all requests in one go and wait for the acknowledgements of those that ask for one.

        ``requests`` are (message, what it is about). The kernel works through all of them, also after one failed;
        the first failure is raised as OSError with the kernel's own words when it has some.
        """
        about: dict[int, str] = {}
        waiting: set[int] = set()
        parts = []
        for encoded, what in requests:
            self._sequence += 1
            about[self._sequence] = what
            if nl.wants_ack(encoded):
                waiting.add(self._sequence)
            parts.append(nl.numbered(encoded, self._sequence))
        self._socket.send(b"".join(parts))
        failed: OSError | None = None
        while waiting:
            for kind, flags, sequence, body in nl.messages(self._socket.recv(_ANSWER_SIZE)):
                if kind != nl.NLMSG_ERROR or sequence not in about:
                    continue
                failed = failed or _error(flags, body, about[sequence])
                if sequence not in waiting:
                    waiting.clear()  # the frame of an nfnetlink batch was refused: nothing more will be answered
                waiting.discard(sequence)
        if failed is not None:
            raise failed

    def dump(self, encoded: bytes, what: str) -> list[bytes]:
        """The bodies of all answers to a dump request. Raises OSError naming ``what``."""
        self._sequence += 1
        wanted = self._sequence
        self._socket.send(nl.numbered(encoded, wanted))
        bodies: list[bytes] = []
        size = 0
        while True:
            data = self._socket.recv(_ANSWER_SIZE)
            size += len(data)
            if size > _DUMP_LIMIT:
                raise OSError(7, "answer is too long", what)
            for kind, flags, sequence, body in nl.messages(data):
                if sequence != wanted:
                    continue
                if kind == nl.NLMSG_DONE:
                    return bodies
                if kind == nl.NLMSG_ERROR:
                    failed = _error(flags, body, what)
                    if failed is not None:
                        raise failed
                    return bodies
                bodies.append(body)


def _error(flags: int, body: bytes, what: str) -> OSError | None:
    """The error that an acknowledgement carries, if it is one."""
    code = -int(struct.unpack_from("=i", body)[0])
    if code == 0:
        return None
    words = os.strerror(code)
    if flags & _NLM_F_ACK_TLVS:
        # With NETLINK_CAP_ACK only the header of the failed request comes back before the attributes.
        told = nl.attributes(body, 4 + nl.HEADER_SIZE).get(_NLMSGERR_ATTR_MSG)
        if told:
            words = f"{words} ({nl.name_of(told)})"
    return OSError(code, words, what)
