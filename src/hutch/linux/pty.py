"""Pseudo terminals by descriptor (pty(7), ioctl_tty(2)): no path of /dev/pts is ever followed."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct

TIOCSCTTY = 0x540E
TIOCGWINSZ = 0x5413
TIOCSWINSZ = 0x5414
TIOCSPTLCK = 0x40045431
TIOCGPTPEER = 0x5441


def open_in(devpts_fd: int) -> tuple[int, int]:
    """(master, slave) of a new pseudo terminal in the devpts file system whose root is ``devpts_fd``.

    The slave is opened from the master itself (TIOCGPTPEER, Linux 4.13), so nobody can put another file in its place.
    Raises OSError.
    """
    master = os.open("ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=devpts_fd)
    try:
        return master, _peer(master)
    except OSError:
        os.close(master)
        raise


def _peer(master: int) -> int:
    fcntl.ioctl(master, TIOCSPTLCK, ctypes.c_int(0))
    return fcntl.ioctl(master, TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)


def set_size(fd: int, height: int, width: int) -> None:
    """Set the window size in character cells. Raises OSError."""
    fcntl.ioctl(fd, TIOCSWINSZ, struct.pack("HHHH", height & 0xFFFF, width & 0xFFFF, 0, 0))


def size(fd: int) -> tuple[int, int]:
    """The window size as (height, width). Raises OSError."""
    height, width, _, _ = struct.unpack("HHHH", fcntl.ioctl(fd, TIOCGWINSZ, bytes(8)))
    return height, width


def make_controlling(fd: int) -> None:
    """Make the terminal ``fd`` the controlling one of our session, whose leader we must be. Raises OSError."""
    fcntl.ioctl(fd, TIOCSCTTY, 0)
