"""Push to and pull from a real docker-registry, with both commands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon, Engine
from support.registry import layer
from support.space import until
from support.stock_registry import StockRegistry, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Debian's docker-registry (scripts/test fetches it)")

# "secret" by bcrypt: the only form that docker-registry takes.
HTPASSWD = "me:$2y$05$QQQwZPw08R6.10t6NSMHCus/5xAciOcLGrt3qPu6ewILbkS.k.ygC\n"


@pytest.fixture(scope="module")
def registry(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockRegistry]:
    made = StockRegistry(engine, tmp_path_factory.mktemp("registry"), 5051)
    yield made
    made.close()


def test_push_and_pull(cli: Client, registry: StockRegistry) -> None:
    name = f"{registry.host}/team/{cli.tool}:1"
    cli("tag", cli.engine.image, name).ok()
    before = cli.inspect(name)["Id"]
    said = cli("push", name).ok()
    assert f"The push refers to repository [{registry.host}/team/{cli.tool}]" in said
    assert "Pushed" in said or "Mounted from" in said
    content = said.splitlines()[-1].split("digest: ")[1].split()[0]
    assert "Layer already exists" in cli("push", name).ok()
    assert cli("push", "-q", name).ok() == name
    cli("rmi", name).ok()
    pulled = cli("pull", name).ok()
    assert f"Digest: {content}" in pulled and f"Status: Downloaded newer image for {name}" in pulled
    assert cli.inspect(name)["Id"] == before
    assert f"{registry.host}/team/{cli.tool}@{content}" in cli.inspect(name)["RepoDigests"]
    assert f"Status: Image is up to date for {name}" in cli("pull", name).ok()
    cli("rmi", name).ok()
    assert cli("run", "--rm", "--network", "none", name, "echo", "hi").out == "hi\n"
    cli("rmi", name).ok()


def test_fresh_layers_are_fetched(cli: Client, registry: StockRegistry) -> None:
    name = f"{registry.host}/fresh-{cli.tool}:1"
    cli("import", "-", name, text=_tar(cli.tool)).ok()
    cli("push", name).ok()
    cli("rmi", name).ok()
    pulled = cli("pull", name).ok()
    for step in ("Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete"):
        assert step in pulled
    status, found = cli.engine.api("GET", f"/distribution/{name}/json")
    assert status == 200 and found["Platforms"] == [{"architecture": "amd64", "os": "linux"}]
    cli("rmi", name).ok()


def _tar(content: str) -> bytes:
    return layer({"file": content.encode() * 1000})


def test_what_is_not_there(cli: Client, registry: StockRegistry) -> None:
    cli("pull", f"{registry.host}/none:1").fails(1, f"manifest for {registry.host}/none:1 not found: manifest unknown")
    cli("push", f"{registry.host}/none:1").fails(1, "An image does not exist locally with the tag")
    status, answer = cli.engine.api("GET", f"/images/search?term={registry.host}/x")
    assert status == 500 and "Unexpected status code 404" in answer["message"]


def test_what_a_registry_has_without_a_pull(cli: Client, engine: Engine, registry: StockRegistry) -> None:
    name = f"{registry.host}/{cli.tool}/asked:1"
    cli("tag", engine.image, name).ok()
    cli("push", name).ok()
    (pinned,) = (each for each in cli.inspect(name)["RepoDigests"] if "/asked@" in each)
    status, found = engine.api("GET", f"/distribution/{name}/json")
    assert status == 200 and found["Platforms"] == [{"architecture": "amd64", "os": "linux"}]
    assert found["Descriptor"]["digest"] == pinned.partition("@")[2] and found["Descriptor"]["size"] > 0
    assert engine.api("GET", f"/distribution/{pinned}/json") == (200, found)
    assert engine.api("GET", f"/distribution/{name}-none/json")[0] == 404
    status, answer = engine.api("GET", f"/distribution/{registry.host}/{cli.tool}/none:1/json")
    assert (status, answer["message"].partition(":")[0]) == (404, "manifest unknown")
    cli("rmi", name).ok()


def test_credentials(cli: Client, engine: Engine, tmp_path: Path) -> None:
    registry = StockRegistry(engine, tmp_path, 5052 if cli.tool == "hutch" else 5053, HTPASSWD)
    settings = {"DOCKER_CONFIG": str(tmp_path / "settings")}
    name = f"{registry.host}/a:1"
    try:
        cli("tag", engine.image, name).ok()
        cli("push", name, env=settings).fails(1, "no basic auth credentials")
        login = ("login", "-u", "me", "--password-stdin", registry.host)
        cli(*login, text="wrong\n", env=settings).fails(1, "failed with status: 401 Unauthorized")
        assert cli(*login, text="secret\n", env=settings).ok().endswith("Login Succeeded")
        cli("push", name, env=settings).ok()
        cli("rmi", name).ok()
        missing = cli("run", "--rm", "--network", "none", name, "echo", "hi", env=settings)
        assert missing.out == "hi\n" and f"Unable to find image '{name}' locally" in missing.err
        cli("logout", registry.host, env=settings).ok()
        assert json.loads((tmp_path / "settings/config.json").read_text()).get("auths") in ({}, None)
        cli("pull", name, env=settings).fails(1, "no basic auth credentials")
        cli("rmi", name).ok()
    finally:
        registry.close()


def test_a_download_outlives_the_daemon(own: Daemon, tmp_path: Path) -> None:
    own.start()
    registry = StockRegistry(own, tmp_path, 5054)
    try:
        client = Client(own, "hutch")
        name = f"{registry.host}/big:1"
        client("import", "-", name, text=layer({"big": os.urandom(60 << 20)})).ok()
        client("push", name).ok()
        client("rmi", name).ok()
        pulling = client.spawn("pull", name)
        ingest = own.base / "data/blobs/ingest"
        assert until(lambda: any(p.stat().st_size > 1 << 20 for p in ingest.glob("*.part")), 10)
        own.kill()
        pulling.communicate(timeout=20)
        (part,) = ingest.glob("*.part")
        kept = part.stat().st_size
        own.start()
        assert part.stat().st_size == kept > 1 << 20
        client("pull", name).ok()
        assert not part.exists()
        client.close()
    finally:
        registry.close()
