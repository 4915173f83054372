"""Debian's docker-registry, run in an engine's own namespaces: plain, or with basic credentials."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from support.engine import ROOT, Engine
from support.space import until

_PLACES = [str(ROOT / ".venv/stock/usr/bin"), *os.environ.get("HUTCH_TEST_REGISTRY", "").split(":")]


def program() -> str | None:
    """The program, if this machine has it."""
    return shutil.which("docker-registry", path=":".join([os.environ["PATH"], *filter(None, _PLACES)]))


class StockRegistry:
    """A registry at ``host``, reached only from inside the engine's namespaces."""

    def __init__(self, engine: Engine, folder: Path, port: int, htpasswd: str = "") -> None:
        self.engine, self.host = engine, f"127.0.0.1:{port}"
        config = f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        config += f"http: {{addr: '{self.host}'}}\n"
        if htpasswd:
            (folder / "htpasswd").write_text(htpasswd)
            config += f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}\n"
        (folder / "config.yml").write_text(config)
        found = program()
        assert found is not None
        command = engine.inside(found, "serve", str(folder / "config.yml"))
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        listens = f"/dev/tcp/{self.host.replace(':', '/')}"
        up = until(
            lambda: subprocess.run(engine.inside("bash", "-c", f": <{listens}"), capture_output=True).returncode == 0,
            15,
        )
        assert up, (folder / "log").read_text()

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
