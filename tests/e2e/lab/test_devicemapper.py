"""Containers on thin volumes of the device mapper, which many kernels for machines in a machine lack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hutch.linux import devmapper
from suites.driver_files import same_as_on_overlay2
from suites.driver_life import life
from support.client import Client
from support.engine import Daemon
from support.space import until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

SLOW = 300.0
SIZES = ("dm.basesize=1g", "dm.loopdatasize=4g", "dm.loopmetadatasize=64m")
FLAGS = ("-s", "devicemapper", *(word for size in SIZES for word in ("--storage-opt", size)))


@pytest.fixture
def client(own: Daemon) -> Iterator[Client]:
    before = _volumes()
    own.flags = FLAGS
    own.start()
    own.load_box()
    client = Client(own, "docker")
    yield client
    client.close()
    own.api("POST", "/containers/prune")
    assert own.terminate() == 0
    assert _volumes() == before


def _volumes() -> list[str]:
    return devmapper.names() if "thin-pool" in devmapper.targets() else []


def test_life_on_devicemapper(client: Client, own: Daemon) -> None:
    life(client, own, "devicemapper", lambda: True, SLOW)
    told = client("info", timeout=SLOW).ok()
    assert "Pool Name: hutch-" in told and "Data Space Total: 4.295GB" in told


def test_a_container_on_a_volume_of_its_own(client: Client, own: Daemon) -> None:
    name = client.running("--storage-opt", "size=2g", command=("sleep", "10000"))
    free = client("exec", name, "df", "-m", "/", timeout=SLOW).ok().splitlines()[-1].split()
    assert free[0].startswith("/dev/dm-") and 1800 < int(free[1]) <= 2048
    assert len(_volumes()) == 2  # the pool and the container
    client("kill", name, timeout=SLOW).ok()
    assert until(lambda: len(_volumes()) == 1, SLOW)
    client("rm", name, timeout=SLOW).ok()


def test_files_are_told_as_on_overlay2(own: Daemon) -> None:
    same_as_on_overlay2(own, *FLAGS, patience=SLOW / 3, overlay2="vfs")
