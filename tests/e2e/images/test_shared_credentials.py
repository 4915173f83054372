"""Credentials that one command keeps and the other uses: in the settings file, in a store, in a registry's helper."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.engine import Engine
from support.stock_registry import StockRegistry, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Debian's docker-registry (scripts/test fetches it)")

# "secret" by bcrypt: the only form that docker-registry takes.
HTPASSWD = "me:$2y$05$QQQwZPw08R6.10t6NSMHCus/5xAciOcLGrt3qPu6ewILbkS.k.ygC\n"
HELPER = """#!/bin/sh
# The protocol of credential helpers, on one file beside it.
here=$(dirname "$0")
echo "$1" >> "$here/asked"
case $1 in
store) cat > "$here/kept" ;;
get)
    cat > /dev/null
    [ -e "$here/kept" ] || { echo "credentials not found in native keychain"; exit 1; }
    cat "$here/kept" ;;
erase) cat > /dev/null; rm -f "$here/kept" ;;
esac
"""


@pytest.fixture(scope="module")
def registry(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockRegistry]:
    made = StockRegistry(engine, tmp_path_factory.mktemp("registry"), 5061, HTPASSWD)
    yield made
    made.close()


@pytest.fixture
def both(engine: Engine, registry: StockRegistry, tmp_path: Path) -> Iterator[list[Any]]:
    """Both commands with the same settings, and a credential helper on their PATH."""
    helper = tmp_path / "bin/docker-credential-tests"
    helper.parent.mkdir()
    helper.write_text(HELPER)
    helper.chmod(0o755)
    env = {"DOCKER_CONFIG": str(tmp_path / "settings"), "PATH": f"{helper.parent}:{os.environ['PATH']}"}
    clients = [Client(engine, tool) for tool in ("hutch", "docker")]

    def caller(client: Client) -> Any:
        return lambda *words, text="": client(*words, text=text, env=env)

    yield [caller(client) for client in clients]
    for client in clients:
        client.close()


@pytest.mark.parametrize("kind", ["auths", "credsStore", "credHelpers"])
def test_both_ways(both: list[Any], engine: Engine, registry: StockRegistry, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "settings/config.json"
    path.parent.mkdir()
    first: dict[str, Any] = {"credsStore": "tests"} if kind == "credsStore" else {"HttpHeaders": {"X-Mine": "1"}}
    if kind == "credHelpers":
        first["credHelpers"] = {registry.host: "tests"}
    path.write_text(json.dumps(first))
    name = f"{registry.host}/{kind.lower()}:1"
    login = ("login", "-u", "me", "--password-stdin", registry.host)
    both[0]("tag", engine.image, name).ok()
    for keeps, uses in (both, both[::-1]):
        uses("push", name).fails(1, "no basic auth credentials")
        keeps(*login, text="secret").ok()
        secret = (tmp_path / "bin/kept").read_text() if kind != "auths" else path.read_text()
        assert ("secret" in secret) is (kind != "auths") and json.loads(secret)
        assert "bWU6c2VjcmV0" not in path.read_text() or kind == "auths"
        uses("push", name).ok()
        uses("rmi", name).ok()
        uses("pull", name).ok()
        uses("logout", registry.host).ok()
        keeps("pull", name).fails(1, "no basic auth credentials")
        settings = json.loads(path.read_text())
        assert {key: settings[key] for key in first} == first and not settings.get("auths")
    both[0]("rmi", name).ok()


def test_a_helper_that_fails_gives_no_credentials_away(both: list[Any], engine: Engine, registry: StockRegistry,
                                                       tmp_path: Path) -> None:  # fmt: skip
    path = tmp_path / "settings/config.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"credsStore": "nowhere"}))
    name = f"{registry.host}/none:1"
    both[0]("tag", engine.image, name).ok()
    for command in both:
        command("push", name).fails(1, "no basic auth credentials")
        command("login", "-u", "me", "--password-stdin", registry.host, text="secret").fails(
            1, "docker-credential-nowhere"
        )
        assert json.loads(path.read_text()) == {"credsStore": "nowhere"}
    both[0]("rmi", name).ok()
