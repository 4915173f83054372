"""Lists of manifests, put together by one command and used by the other, in a real docker-registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.engine import Engine
from support.stock_registry import StockRegistry, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Debian's docker-registry (scripts/test fetches it)")


@pytest.fixture(scope="module")
def registry(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockRegistry]:
    made = StockRegistry(engine, tmp_path_factory.mktemp("registry"), 5056)
    client = Client(engine, "hutch")
    for number in ("1", "2"):
        name = f"{made.host}/one{number}:1"
        client("import", "-", name, text=_tar(number)).ok()
        client("push", name).ok()
        client("rmi", name).ok()
    client.close()
    yield made
    made.close()


def _tar(content: str) -> bytes:
    from support.registry import layer

    return layer({"file": content.encode()})


@pytest.fixture
def both(engine: Engine, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """Both commands with settings of their own that they share; Docker's speaks to the registry itself."""
    clients = Client(engine, "hutch"), Client(engine, "docker")
    clients[1].needs(23)
    settings = {"DOCKER_CONFIG": str(tmp_path / "settings")}

    def caller(client: Client) -> Any:
        return lambda *words: client("manifest", *words, env=settings, inside=True)

    yield caller(clients[0]), caller(clients[1])
    for client in clients:
        client.close()


def test_both_commands_say_and_keep_the_same(both: tuple[Any, Any], registry: StockRegistry) -> None:
    hutch, docker = both
    host = registry.host
    a, b = f"{host}/one1:1", f"{host}/one2:1"
    for flags in ((), ("-v",)):
        assert hutch("inspect", "--insecure", *flags, a).ok() == docker("inspect", "--insecure", *flags, a).ok()
    assert hutch("inspect", "--insecure", f"{host}/no:1").fails(1) == docker(
        "inspect", "--insecure", f"{host}/no:1"
    ).fails(1)
    said = []
    for make, use in ((hutch, docker), (docker, hutch)):
        name = f"{host}/all:1"
        out = [make("create", "--insecure", name, a, b).ok()]
        make("annotate", name, b, "--arch", "arm64", "--variant", "v8", "--os-features", "x,y").ok()
        for words in (
            ("create", name, a),
            ("annotate", name, b, "--arch", "pdp11"),
            ("annotate", name, "no", "--os=x"),
        ):
            failed = make(*words).fails(1)
            assert failed == use(*words).fails(1)
            out.append(failed)
        for words in (("inspect", name), ("inspect", "-v", name), ("inspect", name, b), ("inspect", "-v", name, b)):
            shown = make(*words).ok()
            assert shown == use(*words).ok()
            out.append(shown)
        out.append(use("push", "--insecure", name).ok())
        out.append(make("push", "-p", "--insecure", name).ok())
        assert make("rm", name).fails(1) == use("rm", name).fails(1)
        for flags in ((), ("-v",)):
            shown = make("inspect", "--insecure", *flags, name).ok()
            assert shown == use("inspect", "--insecure", *flags, name).ok()
            out.append(shown)
        said.append(out)
    assert said[0] == said[1]


def test_a_list_that_was_pushed_is_pulled_by_platform(
    both: tuple[Any, Any], docker: Client, registry: StockRegistry
) -> None:
    hutch = both[0]
    name, a, b = f"{registry.host}/list:1", f"{registry.host}/one1:1", f"{registry.host}/one2:1"
    hutch("create", name, a, b).ok()
    hutch("annotate", name, b, "--arch", "arm64").ok()
    listed = hutch("push", "-p", name).ok().splitlines()[-1]
    docker("pull", "-q", "--platform", "linux/arm64", name).ok()
    found = docker.inspect(name)
    assert found["RepoDigests"] == [f"{registry.host}/list@{listed}"]
    docker("pull", "-q", b).ok()
    assert docker.inspect(b)["Id"] == found["Id"]
    docker("rmi", name, b).ok()
    status, answer = docker.engine.api("GET", f"/distribution/{name}/json")
    assert status == 200 and [p["architecture"] for p in answer["Platforms"]] == ["amd64", "arm64"]
    assert json.loads(hutch("inspect", name).ok())["manifests"][1]["platform"]["architecture"] == "arm64"
