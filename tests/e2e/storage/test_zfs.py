"""Containers on ZFS: a pool in a file, mounted where only the daemon sees it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.linux import zfs
from suites.driver_files import same_as_on_overlay2
from suites.driver_life import life
from support import boxes, pool
from support.client import Client
from support.engine import Daemon
from support.space import until

LACKING = pool.lacking()
pytestmark = [pytest.mark.skipif(bool(LACKING), reason=LACKING), pytest.mark.timeout(900)]

SLOW = 300.0  # seconds; the machine may be an emulated one
TANK = f"hutch-e2e-{os.getpid()}"
PARENT = f"{TANK}/docker"


@pytest.fixture
def tank(tmp_path: Path) -> Iterator[None]:
    with pool.pool(TANK, tmp_path / "image"):
        zfs.create(PARENT, {"mountpoint": "legacy"})
        yield


@pytest.fixture
def on_zfs(tank: None, own: Daemon) -> Daemon:
    """A daemon, not started yet, whose data root is on the dataset."""
    (own.base / "data").mkdir()
    own.mount("-t", "zfs", PARENT, f"{own.base}/data")
    return own


@pytest.fixture
def client(on_zfs: Daemon) -> Iterator[Client]:
    on_zfs.flags = ("-s", "zfs")
    on_zfs.start()
    on_zfs.load_box()
    client = Client(on_zfs, "docker")
    yield client
    client.close()


def layers() -> int:
    return len(zfs.children(PARENT))


def test_life_on_zfs(client: Client, own: Daemon) -> None:
    before = layers()
    life(client, own, "zfs", lambda: True, SLOW)
    assert until(lambda: layers() == before, SLOW)
    told = client("info", timeout=SLOW).ok()
    for row in (f"Zpool: {TANK}", "Zpool Health: ONLINE", f"Parent Dataset: {PARENT}", "Parent Quota: no"):
        assert row in told


def test_a_container_has_a_dataset(client: Client, own: Daemon) -> None:
    before = layers()
    name = client.running("--storage-opt", "size=16m", command=("sleep", "10000"))
    dataset = client.field(name, "{{.GraphDriver.Data.Dataset}}")
    assert client.field(name, "{{.GraphDriver.Name}}") == "zfs" and dataset.startswith(f"{PARENT}/hutch-")
    assert zfs.properties(dataset, "quota")["quota"] == str(16 << 20)
    assert client("exec", name, "grep", " / ", "/proc/mounts", timeout=SLOW).ok().startswith(f"{dataset} / zfs rw")
    fill = "dd if=/dev/urandom of=/big bs=1M count=40 2>&1; sync; rm /big"
    assert "quota exceeded" in client("exec", name, "sh", "-c", fill, timeout=SLOW).out
    assert dataset not in Path("/proc/self/mountinfo").read_text()
    assert dataset not in own.sh("cat /proc/self/mountinfo")
    client("rm", "-f", name, timeout=SLOW).ok()
    assert until(lambda: layers() == before, SLOW)


def test_files_and_sizes(client: Client, own: Daemon) -> None:
    (own.base / "file").write_bytes(b"x" * 10_000)
    name = client.running(command=("sleep", "10000"))
    client("cp", f"{own.base}/file", f"{name}:/bin/file", timeout=SLOW).ok()
    assert client("exec", name, "sh", "-c", "wc -c < /bin/file", timeout=SLOW).ok() == "10000"
    assert client("inspect", "-s", "-f", "{{.SizeRw}}", name, timeout=SLOW).ok() == "10000"
    client("kill", name, timeout=SLOW).ok()
    client("cp", f"{name}:/bin/file", f"{own.base}/back", timeout=SLOW).ok()
    assert (own.base / "back").read_bytes() == b"x" * 10_000
    client("cp", f"{own.base}/file", f"{name}:/other", timeout=SLOW).ok()
    assert set(client("diff", name, timeout=SLOW).ok().split("\n")) == {"C /bin", "A /bin/file", "A /other"}
    client("rm", name, timeout=SLOW).ok()


def test_a_layer_that_was_destroyed_is_unpacked_again(client: Client, own: Daemon) -> None:
    (record,) = own.sh(f"cat {own.base}/data/zfs/sha256:*/dataset").splitlines()
    lost = json.loads(record)["name"]
    own.load(boxes.archive("other:1", [boxes.layer({"other": ""})]))
    assert own.terminate() == 0
    zfs.destroy(f"{PARENT}/{lost}")
    own.start()
    ran = client("run", "--rm", "--network", "none", own.image, "echo", "again", timeout=SLOW)
    assert ran.ok() == "again" and f"has lost its dataset {PARENT}/{lost}" in own.log


def test_files_are_told_as_on_overlay2(on_zfs: Daemon) -> None:
    same_as_on_overlay2(on_zfs, "-s", "zfs", patience=SLOW / 3)


def test_the_last_image_takes_its_datasets_along(client: Client, own: Daemon) -> None:
    assert own.terminate() == 0
    own.flags = ()
    own.start()  # the driver that has data is taken
    assert client("info", "-f", "{{.Driver}}", timeout=SLOW).ok() == "zfs"
    client("rmi", own.image, timeout=SLOW).ok()
    assert until(lambda: layers() == 0, SLOW)


def test_a_dataset_elsewhere(tank: None, own: Daemon) -> None:
    own.flags = ("-s", "zfs", "--storage-opt", f"zfs.fsname={PARENT}")
    own.start()
    own.load_box()
    client = Client(own, "docker")
    ran = client("run", "--rm", "--network", "none", own.image, "sh", "-c", "echo x > /y; cat /y", timeout=SLOW)
    assert ran.ok() == "x" and layers() > 0
    client.close()
