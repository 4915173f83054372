"""Containers on btrfs: a disk in a file, mounted where only the daemon sees it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from suites.driver_files import same_as_on_overlay2
from suites.driver_life import life
from support.client import Client
from support.engine import Daemon


@pytest.fixture
def disk(own: Daemon) -> Daemon:
    """A daemon whose data root is on btrfs."""
    image = own.base / "disk"
    with image.open("xb") as file:
        file.truncate(512 << 20)
    subprocess.run(["/usr/sbin/mkfs.btrfs", "-q", str(image)], check=True, stdout=subprocess.DEVNULL)
    (own.base / "data").mkdir()
    own.mount("-o", "loop", str(image), f"{own.base}/data")
    return own


@pytest.fixture
def client(disk: Daemon) -> Iterator[Client]:
    disk.flags = ("-s", "btrfs")
    disk.start()
    disk.load_box()
    client = Client(disk, "docker")
    yield client
    client.close()


def test_life_on_btrfs(client: Client, own: Daemon) -> None:
    life(client, own, "btrfs", lambda: True)
    assert "Btrfs:" in client("info").ok()
    name = client.running()
    assert client.field(name, "{{.GraphDriver.Name}}") == "btrfs"
    mounted = client("exec", name, "grep", " / ", "/proc/mounts").ok()
    assert " btrfs " in mounted and "/btrfs/" in mounted


def test_files_are_told_as_on_overlay2(disk: Daemon) -> None:
    same_as_on_overlay2(disk, "-s", "btrfs")


def test_a_size(client: Client, own: Daemon) -> None:
    fill = "dd if=/dev/urandom of=/big bs=1M count=40 2>&1; sync"
    said = client("run", "--rm", "--network", "none", "--storage-opt", "size=16m", own.image, "sh", "-c", fill)
    assert "quota exceeded" in said.out
    assert "quota" not in client("run", "--rm", "--network", "none", own.image, "sh", "-c", fill).ok()
