"""A command on a terminal, driven as a person would: type, read, change the window's size."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence


class Terminal:
    """``command`` with a pty as its controlling terminal and standard streams."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], rows: int = 24, columns: int = 80) -> None:
        self._master, slave = os.openpty()
        self.screen = ""
        self._size(rows, columns)
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(env),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def _size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        """Change the window's size; the kernel tells the foreground processes (SIGWINCH)."""
        self._size(rows, columns)

    def type(self, text: str) -> None:
        """Type ``text``."""
        os.write(self._master, text.encode())

    def expect(self, pattern: str, seconds: float = 15.0) -> re.Match[str]:
        """Read until ``pattern`` shows in what came since the last match."""
        end = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.screen)
            if found:
                self.screen = self.screen[found.end() :]
                return found
            if not self._read(end):
                raise AssertionError(f"no {pattern!r} on the terminal; there is {self.screen!r}")

    def _read(self, end: float) -> bool:
        left = end - time.monotonic()
        if left <= 0 or not select.select([self._master], [], [], left)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: the last process that had the terminal ended
            return False
        self.screen += data.decode(errors="replace")
        return bool(data)

    def wait(self, seconds: float = 15.0) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + seconds
        while self._read(end):
            pass
        return self.process.wait(max(0.1, end - time.monotonic()))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self.process.send_signal(number)

    def close(self) -> None:
        """End it, if it has not ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)
