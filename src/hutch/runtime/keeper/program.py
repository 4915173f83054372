"""Running another runtime's command: a fixed environment, descriptors by name only, and what it says when it fails."""

from __future__ import annotations

import os
import select

from hutch.linux import process, signals
from hutch.model import json_text
from hutch.model.errors import Invalid, System

PATIENCE = 120.0
"""Seconds for one command; it is killed after that."""
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
_LONGEST_LOG = 256 * 1024
_RESET = signals.IGNORED

Stdio = tuple[int, int, int]


def spawn(argv: list[str], stdio: Stdio | None) -> int:
    """Start ``argv`` with the three descriptors (None: /dev/null); its pid. Raises OSError."""
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        sources = stdio or (null, null, null)
        actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(sources)]
        return os.posix_spawn(argv[0], argv, _ENVIRONMENT, file_actions=actions, setsigdef=_RESET)
    except OSError as err:
        raise OSError(err.errno, err.strerror, argv[0]) from None
    finally:
        os.close(null)


def finish(pid: int) -> int:
    """Wait for a command; its exit code. Raises System when it takes longer than :data:`PATIENCE`."""
    pidfd = process.pidfd_open(pid)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    try:
        late = not poll.poll(PATIENCE * 1000)
        if late:
            process.pidfd_send_signal(pidfd, signals.KILL)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(pidfd)
    if late:
        raise System(f"the runtime did not answer within {PATIENCE:g} s")
    return os.waitstatus_to_exitcode(status)


def complaint(log: str) -> str:
    """The last error in a runtime's ``--log-format json`` file, which is removed; "" when there is none."""
    try:
        fd = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return ""
    try:
        size = os.fstat(fd).st_size
        text = os.pread(fd, _LONGEST_LOG, max(0, size - _LONGEST_LOG))
    finally:
        os.close(fd)
        os.unlink(log)
    return last_error(text.decode("utf-8", "replace"))


def last_error(text: str) -> str:
    """The message of the last error in a log of JSON objects, one a line (runc) or over several lines (crun). Pure."""
    message, at = "", 0
    while at < len(text):
        try:
            entry, at = json_text.scan(text, at)
        except Invalid:
            following = text.find("\n", at) + 1
            at = following or len(text)
            continue
        if isinstance(entry, dict) and entry.get("level") in ("error", "fatal") and entry.get("msg"):
            message = str(entry["msg"])
    return message


def exit_code_of(message: str) -> int:
    """The exit code that Docker gives for a runtime's message: 127 not found, 126 not executable, else 125. Pure."""
    lower = message.lower()
    if any(text in lower for text in ("executable file not found", "no such file or directory", "not found in $path")):
        return 127
    if any(text in lower for text in ("permission denied", "is a directory", "exec format error")):
        return 126
    return 125
