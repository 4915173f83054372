"""The terminal: raw mode with its way back, its size, and the keys that detach from a container."""

from __future__ import annotations

import posix

from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

DEFAULT_KEYS = b"\x10\x11"


class Raw:
    """Raw mode of a terminal for as long as the ``with`` block lasts; nothing if ``fd`` is no terminal."""

    def __init__(self, fd: int, wanted: bool) -> None:
        self.fd = fd
        self.wanted = wanted and posix.isatty(fd)
        self.before: list[Any] | None = None

    def __enter__(self) -> Self:
        if self.wanted:
            import termios

            self.before = termios.tcgetattr(self.fd)
            raw = termios.tcgetattr(self.fd)
            raw[0] &= ~(
                termios.IGNBRK
                | termios.BRKINT
                | termios.PARMRK
                | termios.ISTRIP
                | termios.INLCR
                | termios.IGNCR
                | termios.ICRNL
                | termios.IXON
            )
            raw[1] &= ~termios.OPOST
            raw[2] = (raw[2] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
            raw[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
            raw[6][termios.VMIN] = 1
            raw[6][termios.VTIME] = 0
            termios.tcsetattr(self.fd, termios.TCSANOW, raw)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            import termios

            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.before)
            self.before = None


def size(fd: int) -> tuple[int, int]:
    """Rows and columns of a terminal; (0, 0) if it is none."""
    try:
        columns, rows = posix.get_terminal_size(fd)
    except OSError:
        return 0, 0
    return rows, columns


def parse_keys(text: str) -> bytes:
    """The bytes of a key sequence like ``ctrl-p,ctrl-q`` or ``a,b``; raises :class:`CommandError`."""
    if not text:
        return DEFAULT_KEYS
    out = bytearray()
    for word in text.split(","):
        if len(word) == 1:
            out += word.encode()
        elif word == "DEL":
            out.append(127)
        elif word.startswith("ctrl-") and len(word) == 6 and word[5] in "abcdefghijklmnopqrstuvwxyz@[\\]^_":
            out.append(ord(word[5].upper()) - 64)
        else:
            raise CommandError(f"invalid detach keys ({text}): Unknown character: '{word}'")
    return bytes(out)


class KeyWatch:
    """Looks for a key sequence in typed bytes; holds back a beginning of it until the next byte decides."""

    def __init__(self, keys: bytes) -> None:
        self.keys = keys
        self.held = 0

    def feed(self, typed: bytes) -> tuple[bytes, bool]:
        """The bytes to pass on, and whether the sequence is complete (what follows it is dropped)."""
        out = bytearray()
        for byte in typed:
            if byte != self.keys[self.held] and self.held:
                out += self.keys[: self.held]
                self.held = 0
            if byte == self.keys[self.held]:
                self.held += 1
                if self.held == len(self.keys):
                    self.held = 0
                    return bytes(out), True
            else:
                out.append(byte)
        return bytes(out), False
