"""A real daemon in namespaces of its own, to be killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "src"))
PATIENCE = 20.0


class Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("hutch", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class Daemon:
    """hutchd with its roots in ``home``. The namespaces are those of a holder process and outlive the daemon."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.log = f"{home}/log"
        hold = "ip link set lo up; echo ready; exec sleep 100000"
        command = ["unshare", "-n", "-m", "--propagation", "private", "sh", "-c", hold]
        self._holder = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        self._holder.stdout.readline()
        self._holder.stdout.close()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, fail: str = "") -> None:
        """Start it with ``HUTCH_FAIL=fail`` and wait until it answers."""
        pid = self._holder.pid
        home = self.home
        with open(f"{home}/none.json", "w") as file:
            file.write("{}")
        command = [
            "nsenter", f"--net=/proc/{pid}/ns/net", f"--mount=/proc/{pid}/ns/mnt", sys.executable, "-m",
            "hutch.daemon.main", "--data-root", f"{home}/data", "--exec-root", f"{home}/run",
            "-H", f"unix://{home}/hutch.sock", "--pidfile", f"{home}/pid", "--config-file", f"{home}/none.json",
        ]  # fmt: skip
        env = {**os.environ, "PYTHONPATH": SOURCE, "HUTCH_FAIL": fail}
        self._reap()
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd="/")
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if self.ask("GET", "/_ping")[0] == 200:
                    return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    with open(self.log) as file:
                        raise AssertionError(f"the daemon did not start:\n{file.read()[-4000:]}") from None
            time.sleep(0.02)

    def _reap(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def died(self) -> bool:
        """Whether it was killed (waits a moment for it)."""
        assert self._process is not None
        try:
            return self._process.wait(5) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False

    def kill(self) -> None:
        """SIGKILL, now."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def ask(self, method: str, path: str, body: Any = None, raw: bytes | None = None) -> tuple[int, Any]:
        """(status, decoded answer). Raises OSError or http.client.HTTPException when the daemon goes away."""
        connection = Connection(f"{self.home}/hutch.sock")
        data = raw if raw is not None else None if body is None else json.dumps(body)
        kind = "application/x-tar" if raw is not None else "application/json"
        try:
            connection.request(method, path, data, {"Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text

    def end(self) -> None:
        """End the daemon, its launcher and every keeper, by their recorded pids."""
        if self._process is not None:
            if self._process.poll() is not None:
                self.start()  # what a dead one left is for the next one to remove
            for container in self.ask("GET", "/containers/json?all=1")[1]:
                self.ask("DELETE", f"/containers/{container['Id']}?force=1")
            self._process.terminate()
            self._process.wait(30)
        self._reap()
        self._retire_launcher()
        self._holder.kill()
        self._holder.wait()

    def _retire_launcher(self) -> None:
        path = f"{self.home}/run/launcher.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            try:
                sock.connect(path)
            except OSError:
                return
            sock.send(b'{"op":"retire","seq":1}')
            sock.settimeout(10)
            sock.recv(65536)
