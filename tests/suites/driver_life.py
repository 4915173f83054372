"""What every storage driver must do for containers, through a daemon that was told to use it."""

from __future__ import annotations

import tarfile
from collections.abc import Callable

from support.client import Client
from support.engine import Daemon
from support.space import until


def life(client: Client, own: Daemon, driver: str, settled: Callable[[], bool], patience: float = 20) -> None:
    """A container's files through a crash of the daemon, a stop, a start, diff, commit, export and the removal.

    ``settled`` says that nothing serves a stopped container any more; ``patience`` is in seconds.
    """
    slow = patience * 3
    assert client("info", "-f", "{{.Driver}}", timeout=slow).ok() == driver
    make = "[ -e /f ] || { echo one > /file; rm /bin/vi; mkdir -p /d/e; mv /d /f; }"
    script = f"{make}; trap 'exit 3' TERM; echo up; read x; exit 4"
    name = client.running("-i", command=("sh", "-c", script))
    assert until(lambda: "up" in client("logs", name, timeout=slow).out, patience)
    own.kill()
    own.start()
    assert client("exec", name, "cat", "/file", timeout=slow).ok() == "one"
    client("stop", "-t", "5", name, timeout=slow).ok()
    assert until(settled, patience)
    client("start", name, timeout=slow).ok()
    assert client("exec", name, "cat", "/file", timeout=slow).ok() == "one"
    assert client("exec", name, "ls", "-d", "/f/e", "/bin/vi", timeout=slow).out == "/f/e\n"
    client("kill", name, timeout=slow).ok()
    changed = set(client("diff", name, timeout=slow).ok().split("\n"))
    assert changed == {"C /bin", "D /bin/vi", "A /f", "A /f/e", "A /file"}
    client("commit", name, "kept:1", timeout=slow).ok()
    look = ("sh", "-c", "cat /file; ls -d /f/e /bin/vi")
    again = client("run", "--rm", "--network", "none", "kept:1", *look, timeout=slow)
    assert again.out == "one\n/f/e\n"
    client("export", "-o", f"{own.base}/whole.tar", name, timeout=slow).ok()
    with tarfile.open(own.base / "whole.tar") as archive:
        names = archive.getnames()
    assert "file" in names and "f/e" in names and "bin/sh" in names and "bin/vi" not in names
    client("rm", name, timeout=slow).ok()
    client("rmi", "kept:1", timeout=slow).ok()
    assert until(settled, patience)
