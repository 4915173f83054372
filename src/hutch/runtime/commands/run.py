"""``run``: create, start, wait, delete; with ``--detach`` only the first two."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # without enum, which costs a third of the start-up
import os

from hutch.linux import process
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.commands import create, delete, start
from hutch.runtime.stages import parent

OPTIONS = Options(
    flags="no-pivot no-new-keyring detach keep no-subreaper",
    values="bundle console-socket pid-file pidfd-socket preserve-fds",
    short="b=bundle d=detach",
)


def run(root: str, parsed: Parsed) -> int:
    """Run it; returns the exit code of the container's process."""
    if "no-subreaper" not in parsed.flags and "detach" not in parsed.flags:
        process.become_subreaper()
    container, created = create.create(root, parsed.the_id(), parsed)
    try:
        create.write_pid_file(parsed.value("pid-file"), created.pid)
        parent.start(created.channel, lambda number: start.heard(container, number))
        start.poststart(container)
    except BaseException:
        create.discard(container, created)
        raise
    if "detach" in parsed.flags:
        return 0
    code = wait(created.pid, created.pidfd, created.console)
    if "keep" not in parsed.flags:
        delete.delete(container, parsed)
    return code


def wait(pid: int, pidfd: int, master: int) -> int:
    """Serve the terminal if there is one, pass signals on, and return the exit code (128 + n for signal n)."""
    forward_signals(pidfd)
    if master >= 0:
        from hutch.runtime import console

        console.serve(master, pidfd)
        os.close(master)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def forward_signals(pidfd: int) -> None:
    """Pass every signal we get on to the process, except those that are about ourselves."""

    def forward(number: int, _frame: object) -> None:
        try:
            process.pidfd_send_signal(pidfd, number)
        except ProcessLookupError:
            return

    for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGUSR2):
        _signal.signal(number, forward)
