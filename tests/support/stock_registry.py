"""Debian's docker-registry, and servers of our own beside it, run in an engine's own namespaces."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.engine import ROOT, Engine
from support.space import until

_PLACES = [str(ROOT / ".venv/stock/usr/bin"), *os.environ.get("HUTCH_TEST_REGISTRY", "").split(":")]


def program() -> str | None:
    """The program, if this machine has it."""
    return shutil.which("docker-registry", path=":".join([os.environ["PATH"], *filter(None, _PLACES)]))


class Inside:
    """A program that listens on ``host`` inside an engine's namespaces."""

    def __init__(self, engine: Engine, command: list[str], host: str, log: Path) -> None:
        self.engine, self.host = engine, host
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                engine.inside(*command), stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        probe = engine.inside("bash", "-c", f": </dev/tcp/{host.replace(':', '/')}")
        up = until(lambda: subprocess.run(probe, capture_output=True).returncode == 0, 15)
        assert up, log.read_text()

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


class Script(Inside):
    """One of our own servers, on loopback inside: ``module`` of this folder is run with the port and the arguments."""

    def __init__(self, engine: Engine, module: str, port: int, *arguments: str, log: Path) -> None:
        program = str(ROOT / "tests" / "support" / f"{module}.py")
        super().__init__(engine, [sys.executable, "-I", program, str(port), *arguments], f"127.0.0.1:{port}", log)


class StockRegistry(Inside):
    """A registry at ``host``, reached only from inside the engine's namespaces."""

    def __init__(
        self, engine: Engine, folder: Path, port: int, htpasswd: str = "", *, address: str = "127.0.0.1",
        tls: str = "", auth: str = "",
    ) -> None:  # fmt: skip
        """``tls`` and ``auth`` are what its configuration has under these names, as YAML on one line."""
        host = f"{address}:{port}"
        config = f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        config += f"http: {{addr: '{host}'{f', tls: {tls}' if tls else ''}}}\n"
        if htpasswd:
            (folder / "htpasswd").write_text(htpasswd)
            auth = f"{{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}"
        config += f"auth: {auth}\n" if auth else ""
        (folder / "config.yml").write_text(config)
        found = program()
        assert found is not None
        super().__init__(engine, [found, "serve", str(folder / "config.yml")], host, folder / "log")

    def ask(self, *options: str, data: bytes = b"") -> str:
        """What curl prints with these options, run inside."""
        command = self.engine.inside("curl", "-sS", "--fail-with-body", "--noproxy", "*", *options)
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()

    def put_blob(self, repository: str, data: bytes) -> dict[str, Any]:
        """Have a blob; its digest and size, as descriptors have them."""
        name = "sha256:" + hashlib.sha256(data).hexdigest()
        head = self.ask("-X", "POST", "-D", "-", f"http://{self.host}/v2/{repository}/blobs/uploads/")
        where = next(line.split()[1] for line in head.splitlines() if line.lower().startswith("location:"))
        kind = "Content-Type: application/octet-stream"
        self.ask("-X", "PUT", "-H", kind, "--data-binary", "@-", f"{where}&digest={name}", data=data)
        return {"digest": name, "size": len(data)}

    def put_manifest(self, repository: str, tag: str, value: dict[str, Any]) -> dict[str, Any]:
        """Have a manifest under a tag, or under its digest without one; its descriptor."""
        raw = json.dumps(value).encode()
        name = "sha256:" + hashlib.sha256(raw).hexdigest()
        kind = f"Content-Type: {value['mediaType']}"
        url = f"http://{self.host}/v2/{repository}/manifests/{tag or name}"
        self.ask("-X", "PUT", "-H", kind, "--data-binary", "@-", url, data=raw)
        return {"mediaType": value["mediaType"], "digest": name, "size": len(raw)}
