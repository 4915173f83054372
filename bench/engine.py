"""One engine under comparison: its command, its API, its processes."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

clock = time.perf_counter


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    """One engine under comparison."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.name: str = spec["name"]
        self.kind: str = spec.get("kind", "engine")
        self.cli: list[str] = spec["cli"]
        self.socket: str | None = spec.get("socket")
        self.pid_file: str | None = spec.get("pid_file")
        self.helpers: list[str] = spec.get("helpers", [])
        self.log_args: list[str] = spec.get("log_args", [])
        self.image: str = spec.get("image", "bench-busybox")
        self.enter_pid_file: str | None = spec.get("enter_pid_file")
        # podman waits ten seconds for a process 1 that ignores SIGTERM, even with --force; docker does not wait
        quick = ["-t", "0"] if Path(self.cli[-1]).name.endswith("podman") else []
        self.remove_args: list[str] = spec.get("remove", ["rm", "-f", *quick])
        self.count = 0

    def fresh_name(self) -> str:
        """A container name that was not used yet."""
        self.count += 1
        return f"bench-{self.name}-{os.getpid()}-{self.count}"

    def command(self, *args: str) -> list[str]:
        """The argv of a call of this engine."""
        enter: list[str] = []
        if self.enter_pid_file:
            enter = ["nsenter", "-t", Path(self.enter_pid_file).read_text().strip(), "-m", "-n"]
        return [*enter, *self.cli, *args]

    def run(self, *args: str, quiet: bool = True) -> str:
        """Run the command, raise with its error text if it fails, return its output."""
        done = subprocess.run(self.command(*args), stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
        if done.returncode and quiet:
            raise RuntimeError(f"{self.name} {' '.join(args)}: {done.returncode} {done.stderr.decode()[-400:]}")
        return done.stdout.decode(errors="replace").strip()

    def remove(self, *names: str, quiet: bool = True) -> None:
        """Remove containers at once, whether they run or not."""
        for name in names:
            self.run(*self.remove_args, name, quiet=quiet)

    def timed(self, *args: str) -> float:
        """Seconds that the command took."""
        began = clock()
        self.run(*args)
        return clock() - began

    def detached(self, *args: str) -> None:
        """Run a command whose child keeps its standard output open (a bare runtime's detached container)."""
        subprocess.run(
            self.command(*args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    def call(self, connection: UnixConnection, method: str, path: str, body: Any = None) -> Any:
        """One call of the Engine API."""
        payload = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if payload else {}
        connection.request(method, "/v1.41" + path, payload, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{self.name} {method} {path}: {answer.status} {data[:300]!r}")
        try:
            return json.loads(data)
        except ValueError:
            return data
