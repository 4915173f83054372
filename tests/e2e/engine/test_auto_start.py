"""``hutch`` without an engine starts the ``hutchd`` that lies beside it, whoever else's is in the PATH."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from support.engine import ROOT, _listener
from support.space import Space, until

HUTCHD = """#!/bin/sh
echo started >>{base}/started
exec {python} -I {root}/bin/hutchd --data-root={base}/data --exec-root={base}/exec --pidfile={base}/hutchd.pid \\
    --cgroup-parent=/hutch-test-{pid}-auto --iptables=false --bridge=none "$@"
"""


def _place(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def test_the_one_beside_the_command_is_started_once(tmp_path: Path) -> None:
    """The command is called through a link, as from /usr/local/bin; its engine serves the second command too."""
    base = tmp_path / "base"
    base.mkdir()
    _place(tmp_path / "own", "hutchd", HUTCHD.format(base=base, python=sys.executable, root=ROOT, pid=os.getpid()))
    _place(tmp_path / "own", "hutch", (ROOT / "bin" / "hutch").read_text())
    (tmp_path / "own" / "python3").symlink_to(sys.executable)
    (tmp_path / "src").symlink_to(ROOT / "src")
    _place(tmp_path / "path", "hutchd", f"#!/bin/sh\necho wrong >>{base}/started\nexit 1\n")
    (tmp_path / "path" / "hutch").symlink_to(tmp_path / "own" / "hutch")
    env = {"PATH": f"{tmp_path}/path:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    space = Space()
    try:
        private = "mount -t tmpfs log /var/log"
        subprocess.run(space.inside("sh", "-ec", private), check=True)
        for said in ("no engine is running: starting", ""):
            done = subprocess.run(
                space.inside("hutch", "version", "-f", "{{.Server.Platform.Name}}"),
                env=env, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (0, "hutch\n"), done
            assert (f"{tmp_path}/own/hutchd" in done.stderr) == bool(said) and said in done.stderr
        assert (base / "started").read_text() == "started\n"
        other = subprocess.run(
            space.inside("hutch", "-H", f"unix://{base}/none.sock", "ps"), env=env, capture_output=True, timeout=60
        )
        assert other.returncode != 0 and (base / "started").read_text() == "started\n"
    finally:
        pid = int((base / "hutchd.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        assert until(lambda: pid not in space.processes(), 30)
        if (base / "exec" / "launcher.sock").exists():
            os.kill(_listener(f"{base}/exec/launcher.sock", socket.SOCK_SEQPACKET), signal.SIGTERM)
        until(lambda: not space.processes(), 15)
        left = space.processes()
        space.close()
        for folder in [*Path("/sys/fs/cgroup").glob(f"hutch-test-{os.getpid()}-auto"),
                       *Path("/sys/fs/cgroup").glob(f"*/hutch-test-{os.getpid()}-auto")]:  # fmt: skip
            folder.rmdir()
    assert not left
