"""``hutch`` or the stock ``docker`` command, run against an engine under test."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from functools import cache
from typing import Any

import pytest

from support.engine import Engine
from support.terminal import Terminal

_numbers = itertools.count(1)


class Result:
    """What a command said."""

    __slots__ = ("code", "err", "line", "out", "raw")

    def __init__(self, line: str, done: subprocess.CompletedProcess[bytes]) -> None:
        self.line = line
        self.code, self.raw = done.returncode, done.stdout
        self.out, self.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def ok(self) -> str:
        """Its output without the last newline; fails if the command did."""
        assert self.code == 0, f"{self}"
        return self.out.removesuffix("\n")

    def fails(self, code: int, pattern: str = "") -> str:
        """Its error text, which ``pattern`` (a regular expression) must be found in."""
        assert self.code == code, f"expected exit code {code}: {self}"
        assert re.search(pattern, self.err), f"expected {pattern!r}: {self}"
        return self.err

    def __repr__(self) -> str:
        return f"$ {self.line}\n[{self.code}] out={self.out!r} err={self.err!r}"


@cache
def docker_version() -> int:
    """The first number of the stock command's version (20 for Debian 12's 20.10)."""
    said = subprocess.run(["docker", "version", "-f", "{{.Client.Version}}"], capture_output=True, text=True).stdout
    return int(said.partition(".")[0] or 0)


class Client:
    """A command with its engine; containers that got their names here are removed by :meth:`close`."""

    def __init__(self, engine: Engine, tool: str) -> None:
        self.engine = engine
        self.tool = tool
        self._names: list[str] = []
        self._open: list[Terminal | subprocess.Popen[str]] = []

    def command(self, *words: str) -> list[str]:
        """The command line of ``words``."""
        return [*(self.engine.hutch_command() if self.tool == "hutch" else ["docker"]), *words]

    def since(self, version: int) -> bool:
        """Whether the command knows what Docker's has known since ``version``."""
        return self.tool == "hutch" or docker_version() >= version

    def needs(self, version: int) -> None:
        """Skip the test on an older stock command."""
        if not self.since(version):
            pytest.skip(f"docker {docker_version()} is older than {version}")

    @property
    def json(self) -> str:
        """What ``--format`` must be for one JSON object a line."""
        return "json" if self.since(23) else "{{json .}}"

    @property
    def env(self) -> dict[str, str]:
        """The environment that commands run with."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": self.engine.home,
            "DOCKER_HOST": self.engine.address,
            "DOCKER_CONFIG": self.engine.home,
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def __call__(
        self,
        *words: str,
        text: str | bytes = b"",
        timeout: float = 60.0,
        env: dict[str, str] | None = None,
        inside: bool = False,
    ) -> Result:
        """Run it to its end with ``text`` as standard input."""
        command = self.engine.inside(*self.command(*words)) if inside else self.command(*words)
        try:
            data = text.encode() if isinstance(text, str) else text
            environment = {**self.env, **(env or {})}
            done = subprocess.run(command, input=data, capture_output=True, timeout=timeout, env=environment)
        except subprocess.TimeoutExpired as error:
            said = (error.stdout or b"", error.stderr or b"")
            raise AssertionError(
                f"{self.tool} {' '.join(words)}: still runs after {timeout:g} s; said {said}"
            ) from None
        return Result(" ".join((self.tool, *words)), done)

    def spawn(self, *words: str) -> subprocess.Popen[str]:
        """Start it, with pipes."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            self.command(*words), stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1, env=self.env
        )
        self._open.append(process)
        return process

    def terminal(self, *words: str, rows: int = 24, columns: int = 80) -> Terminal:
        """Start it on a terminal."""
        terminal = Terminal(self.command(*words), self.env, rows, columns)
        self._open.append(terminal)
        return terminal

    def name(self, hint: str = "box") -> str:
        """A container name that nobody else has; a container of this name is removed after the test."""
        name = f"e2e-{os.getpid()}-{hint}-{next(_numbers)}"
        self._names.append(name)
        return name

    def keep(self, name: str) -> str:
        """Let a container be removed after the test."""
        self._names.append(name)
        return name

    def running(self, *flags: str, command: tuple[str, ...] = ("sleep", "1000"), hint: str = "box") -> str:
        """The name of a container that runs, without a network unless ``flags`` say otherwise, and ends at once."""
        name = self.name(hint)
        network = () if any(flag.startswith("--net") or flag == "-p" for flag in flags) else ("--network", "none")
        self("run", "-d", "--name", name, *network, *flags, self.engine.image, *command).ok()
        return name

    def inspect(self, name: str) -> Any:
        """The container's (or image's) document."""
        return json.loads(self("inspect", name).ok())[0]

    def field(self, name: str, template: str) -> str:
        """One templated field of the container."""
        return self("inspect", "-f", template, name).ok()

    def close(self) -> None:
        """End what was started here and remove the containers."""
        for one in self._open:
            if isinstance(one, Terminal):
                one.close()
                continue
            if one.poll() is None:
                one.kill()
            one.communicate()
        for name in self._names:
            self.engine.api("DELETE", f"/containers/{name}?force=1&v=1")
