"""Terminals of the standalone runtime: handing the master to a console socket, or serving it from our own terminal."""

from __future__ import annotations

import array
import os
import select
import signal
import socket
import termios
import tty

from hutch.linux import pty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def send(path: str, master: int, name: bytes = b"/dev/ptmx") -> None:
    """Send the master of a terminal, or another descriptor, with a name to the unix socket at ``path`` (SCM_RIGHTS).

    As runc's ``--console-socket`` and ``--pidfd-socket`` do. Raises OSError.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(path)
        rights = array.array("i", [master]).tobytes()
        sock.sendmsg([name], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def serve(master: int, pidfd: int) -> None:
    """Connect our standard streams with ``master`` until the process behind ``pidfd`` has ended and is drained."""
    saved = _raw_mode()
    signal.signal(signal.SIGWINCH, lambda *_: _copy_size(master))
    _copy_size(master)
    poll = select.poll()
    poll.register(master, select.POLLIN)
    poll.register(0, select.POLLIN)
    poll.register(pidfd, select.POLLIN)
    try:
        while True:
            ready = dict(poll.poll())
            if master in ready and not _pump(master, 1):
                return
            if 0 in ready and not _pump(0, master):
                poll.unregister(0)
            if pidfd in ready and master not in ready:
                return
    finally:
        if saved is not None:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)


def _raw_mode() -> list[Any] | None:
    if not os.isatty(0):
        return None
    saved: list[Any] = termios.tcgetattr(0)
    tty.setraw(0)
    return saved


def _copy_size(master: int) -> None:
    if os.isatty(0):
        pty.set_size(master, *pty.size(0))


def _pump(source: int, target: int) -> bool:
    """Copy what is there; False at the end."""
    try:
        data = os.read(source, 65536)
    except OSError:  # EIO: nobody has the terminal open any more
        return False
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
    return bool(data)
