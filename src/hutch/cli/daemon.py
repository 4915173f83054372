"""Starts this machine's own engine when a command needs one and none was named."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False

_LOG = "/var/log/hutchd.log"
_WAIT = 15.0


def start_engine(socket: str = "/run/hutch.sock") -> bool:
    """Starts ``hutchd`` beside this command, says so once, and waits for its socket.

    Only root does so (the engine works with system paths). Returns False if there is nothing to start; raises
    :class:`CommandError` if the engine does not come up.
    """
    program = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0] or "")), "hutchd")
    if os.geteuid() != 0 or not os.access(program, os.X_OK):
        return False
    sys.stderr.write(f"hutch: no engine is running: starting {program} (its messages go to {_LOG})\n")
    log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    pid = os.posix_spawn(program, [program], environment, file_actions=actions, setsid=True)
    os.close(log)
    os.close(null)
    return _await(pid, socket)


def _await(pid: int, socket: str) -> bool:
    from hutch.cli.errors import CommandError
    from hutch.cli.wire import connect_unix

    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        try:
            connect_unix(socket).close()
            return True
        except OSError:
            pass
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            raise CommandError(f"hutchd ended with {os.waitstatus_to_exitcode(status)} while starting: see {_LOG}")
        time.sleep(0.02)
    raise CommandError(f"hutchd did not listen on {socket} within {_WAIT:.0f} s: see {_LOG}")
