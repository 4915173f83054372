"""``--storage-opt size`` by project quotas, through a daemon over a file system that keeps them.

Many kernels have none: then this is for ``scripts/test --lab``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from hutch.linux import quota
from support.client import Client
from support.engine import Daemon
from support.space import until

MAKE = {
    "ext4": ("mkfs.ext4 -q -F -O quota,project", "prjquota"),
    "xfs": ("mkfs.xfs -q", "pquota"),
}
SLOW = 300.0
MEGABYTE = 1 << 20


@pytest.fixture(params=MAKE)
def over(own: Daemon, request: pytest.FixtureRequest) -> Iterator[Daemon]:
    """A daemon whose data root is on a file system with project quotas."""
    kind = request.param
    make, option = MAKE[kind]
    own.sh(f"truncate -s 1G {own.base}/img; {make} {own.base}/img; mkdir -m 710 {own.base}/data")
    mounting = f"mount -t {kind} -o loop,{option} {own.base}/img {own.base}/data"
    if "mounted" not in own.sh(f"{mounting} && echo mounted", check=False):
        pytest.skip(f"this kernel has no project quotas for {kind}")
    yield own
    own.api("POST", "/containers/prune", timeout=SLOW)
    assert own.terminate() == 0
    own.sh(f"umount {own.base}/data")


def size(client: Client, name: str) -> int:
    """Megabytes of the root file system as df shows them inside."""
    return int(client("exec", name, "df", "-m", "/", timeout=SLOW).ok().splitlines()[-1].split()[1])


def written(client: Client, name: str, megabytes: int) -> tuple[str, int]:
    """(what dd says, bytes that got through) of one large file."""
    script = f"dd if=/dev/zero of=/big bs=1M count={megabytes} 2>&1; wc -c < /big"
    words, _, count = client("exec", name, "sh", "-c", script, timeout=SLOW).ok().strip().rpartition("\n")
    return words, int(count)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("driver", ["overlay2", "vfs"])
def test_a_size_kept_by_project_quota(over: Daemon, driver: str) -> None:
    own = over
    own.flags = ("-s", driver)
    own.start()
    own.load_box()
    client = Client(own, "docker")
    name = client.name("limited")
    run = ("run", "-d", "--name", name, "--network", "none")
    forever = (own.image, "sh", "-c", "echo kept > /kept; sleep 100000")
    client(*run, "--storage-opt", "size=16m", *forever, timeout=SLOW).ok()
    identity = client.field(name, "{{.Id}}")
    data = f"/proc/{own.anchor()}/root{own.base}/data"
    number = quota.project(f"{data}/{driver}/{identity}")
    assert number and quota.usage(data, number)[1] == 16 * MEGABYTE
    assert size(client, name) == 16
    words, count = written(client, name, 40)
    assert "No space left" in words or "quota exceeded" in words, words
    assert 8 * MEGABYTE < count <= 16 * MEGABYTE
    client("exec", name, "rm", "/big", timeout=SLOW).ok()
    other = client.running(command=("sleep", "100000"))
    assert written(client, other, 40)[1] == 40 * MEGABYTE, "another container has the limit, too"

    own.kill()
    own.start()
    assert client("exec", name, "cat", "/kept", timeout=SLOW).ok() == "kept"
    assert size(client, name) == 16 and written(client, name, 40)[1] <= 16 * MEGABYTE
    client("kill", name, timeout=SLOW).ok()
    own.kill()
    own.start()
    client("start", name, timeout=SLOW).ok()
    assert quota.project(f"{data}/{driver}/{identity}") == number
    assert size(client, name) == 16 and written(client, name, 40)[1] <= 16 * MEGABYTE

    client("rm", "-f", name, timeout=SLOW).ok()
    assert until(lambda: quota.usage(data, number) == (0, 0), SLOW), "the project still has blocks"
    client(*run, *forever, timeout=SLOW).ok()
    assert written(client, name, 40)[1] == 40 * MEGABYTE, "the name has the limit of its former container"
    client("rm", "-f", name, timeout=SLOW).ok()
    client(*run, "--storage-opt", "size=24m", *forever, timeout=SLOW).ok()
    assert size(client, name) == 24
    client("rm", "-f", name, other, timeout=SLOW).ok()
    client.close()


@pytest.mark.timeout(1200)
def test_a_crash_while_a_limited_container_is_made(over: Daemon) -> None:
    own = over
    own.flags = ("-s", "overlay2", "--storage-opt", "overlay2.size=16m")
    own.start()
    own.load_box()
    client = Client(own, "docker")
    data = f"/proc/{own.anchor()}/root{own.base}/data"
    before = set(os.listdir(f"{data}/overlay2"))
    own.kill()
    own.start(HUTCH_FAIL="create.layer=kill")
    assert client("create", "--network", "none", own.image, "sleep", "1", timeout=SLOW).code != 0
    (made,) = set(os.listdir(f"{data}/overlay2")) - before
    number = quota.project(f"{data}/overlay2/{made}")
    assert quota.usage(data, number)[1] == 16 * MEGABYTE
    own.kill()
    own.start()
    for identity in client("ps", "-aq", timeout=SLOW).ok().split():
        client("rm", identity, timeout=SLOW).ok()
    assert until(lambda: quota.usage(data, number) == (0, 0), SLOW)
    client.close()
