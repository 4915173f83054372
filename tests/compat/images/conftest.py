"""hutch beside the engines that images are exchanged with.

``HUTCH_COMPAT_HOST=unix:///...`` names a dockerd, ``HUTCH_COMPAT_PODMAN`` a podman command, ``HUTCH_COMPAT_SKOPEO`` a
skopeo one. Every image made there has
a name that begins with ``hutch-compat-`` and is removed again.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon, Engine

HOST = os.environ.get("HUTCH_COMPAT_HOST", "")
PODMAN = os.environ.get("HUTCH_COMPAT_PODMAN", "")
SKOPEO = os.environ.get("HUTCH_COMPAT_SKOPEO", "")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it needs root; a test is skipped if the engine it asks for is not named."""
    for item in items:
        if HERE not in Path(item.path).parents:
            continue
        item.add_marker(pytest.mark.e2e)
        item.add_marker(pytest.mark.compat)
        asked = getattr(item, "fixturenames", ())
        for fixture, value, name in (
            ("dockerd", HOST, "HUTCH_COMPAT_HOST"),
            ("podman", PODMAN, "HUTCH_COMPAT_PODMAN"),
            ("skopeo", SKOPEO, "HUTCH_COMPAT_SKOPEO"),
        ):
            if fixture in asked and not value:
                item.add_marker(pytest.mark.skip(reason=f"{name} names no engine"))
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture(scope="session")
def own_engine() -> Iterator[Daemon]:
    daemon = Daemon()
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def hutch(own_engine: Daemon) -> Iterator[Client]:
    """hutch's command on hutch's engine; images of the test are removed."""
    client = Client(own_engine, "hutch")
    yield client
    client.close()
    remove_images(client)


@pytest.fixture
def dockerd(tmp_path: Path) -> Iterator[Client]:
    """The stock command on the stock engine."""
    client = Client(Engine(HOST, str(tmp_path)), "docker")
    yield client
    client.close()
    remove_images(client)


def remove_images(client: Client) -> None:
    """Remove the images whose names begin as ours, and those that lost their name to another one here."""
    rows = client("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}}").ok().split()
    for name in rows:
        if name.rpartition("/")[2].startswith("hutch-compat-"):
            client("rmi", "-f", name)


class Podman:
    """The podman command."""

    def __call__(self, *words: str, text: bytes = b"") -> bytes:
        done = subprocess.run([PODMAN, *words], input=text, capture_output=True, timeout=120, cwd="/")
        assert done.returncode == 0, (words, done.stderr.decode(errors="replace"))
        return done.stdout

    def identifier(self, name: str) -> str:
        """The id of the image, as dockerd writes it."""
        return "sha256:" + self("image", "inspect", "-f", "{{.Id}}", name).decode().strip().removeprefix("sha256:")


@pytest.fixture
def podman() -> Iterator[Podman]:
    command = Podman()
    yield command
    for line in command("images", "--format", "{{.Repository}}:{{.Tag}}").decode().split():
        if "/hutch-compat-" in line:
            command("rmi", "-f", line)


class Skopeo:
    """The skopeo command, run where hutch's engine is."""

    def __init__(self, engine: Daemon) -> None:
        self._engine = engine

    def __call__(self, *words: str) -> str:
        home = {"PATH": os.environ["PATH"], "HOME": self._engine.home, "TMPDIR": "/var/tmp"}
        command = self._engine.inside(SKOPEO, "--insecure-policy", *words)
        done = subprocess.run(command, capture_output=True, timeout=120, env=home)
        assert done.returncode == 0, (words, done.stderr.decode(errors="replace"))
        return done.stdout.decode()

    def copy(self, source: str, target: str, *flags: str) -> None:
        """From one place to another; registries are spoken to without TLS."""
        self("copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", *flags, source, target)


@pytest.fixture
def skopeo(own_engine: Daemon) -> Skopeo:
    return Skopeo(own_engine)
