"""Signals without the ``signal`` module, whose enumerations dirty 80 KB of every process that uses them (signal(7))."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


KILL: int = int(_signal.SIGKILL)
IGNORED: tuple[int, ...] = (int(_signal.SIGPIPE), int(_signal.SIGXFSZ))
"""What Python itself ignores."""


def watch_children(wake_fd: int) -> None:
    """From now on write a byte to the non-blocking ``wake_fd`` whenever a child has ended."""
    _signal.signal(_signal.SIGCHLD, _nothing)
    _signal.set_wakeup_fd(wake_fd, warn_on_full_buffer=False)


def ignore_children() -> None:
    """Let the kernel reap our children at once (sigaction(2), SIGCHLD ignored)."""
    _signal.signal(_signal.SIGCHLD, _signal.SIG_IGN)


def forget_children() -> None:
    """The default again: nothing is written, and children wait to be reaped."""
    _signal.set_wakeup_fd(-1)
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)


def refuse_ignorance() -> None:
    """The default action for what the one who started us ignores (``nohup``, a script): it would survive execve.

    SIGPIPE and SIGXFSZ stay, which Python itself ignores: ``process.reset_signals`` mends those in what is executed.
    """
    for number in _signal.valid_signals() - set(IGNORED):
        if _signal.getsignal(number) == _signal.SIG_IGN:
            _signal.signal(number, _signal.SIG_DFL)


def _nothing(_number: int, _frame: object) -> None:
    """A handler must be there for the wake-up byte to be written."""


send: Callable[[int, int], None] = _signal.pidfd_send_signal
"""pidfd_send_signal(2) of (pidfd, signal). Raises ProcessLookupError when the process has ended, OSError."""
