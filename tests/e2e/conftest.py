"""One daemon for all end-to-end tests, and both commands against it.

With ``HUTCH_COMPAT_HOST=unix:///...`` the tests marked ``compat`` run against that engine instead, with the stock
command alone: that proves the tests, not the product.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon, Engine, Peer

COMPAT = os.environ.get("HUTCH_COMPAT_HOST", "")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is e2e; against another engine only what is marked for it is run."""
    for item in items:
        if HERE not in Path(item.path).parents:
            continue
        item.add_marker(pytest.mark.e2e)
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
        elif COMPAT and item.get_closest_marker("compat") is None:
            item.add_marker(pytest.mark.skip(reason="holds for hutch only"))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine that all tests share: a hutchd of this checkout, or the one named by HUTCH_COMPAT_HOST."""
    if COMPAT:
        peer = Peer(COMPAT, str(tmp_path_factory.mktemp("home")))
        yield peer
        peer.close()
        return
    daemon = Daemon()
    try:
        daemon.start()
        daemon.load_box()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture(params=["docker"] if COMPAT else ["hutch", "docker"])
def cli(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Client]:
    """The command, once each as ``hutch`` and as the stock ``docker``."""
    client = Client(engine, request.param)
    yield client
    client.close()


@pytest.fixture
def docker(engine: Engine) -> Iterator[Client]:
    """The stock command alone, for what does not depend on the command."""
    client = Client(engine, "docker")
    yield client
    client.close()


@pytest.fixture
def own() -> Iterator[Daemon]:
    """A daemon for one test alone, which may kill it. Not started yet."""
    daemon = Daemon()
    try:
        yield daemon
    finally:
        daemon.close()
