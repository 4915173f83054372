"""Volumes that are mounts (options of the local driver), and folders of volumes (``volume-subpath``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon, Engine
from support.space import until

pytestmark = pytest.mark.compat


@pytest.fixture
def volume(engine: Engine) -> Iterator[str]:
    """A name for a volume, which is removed."""
    yield "mounted"
    engine.api("DELETE", "/volumes/mounted?force=1")


def box(docker: Client, *words: str) -> str:
    return docker("run", "--rm", "--network", "none", *words).ok()


def test_a_tmpfs_is_one_for_all_and_ends_with_the_last(cli: Client, docker: Client, volume: str) -> None:
    image = docker.engine.image
    made = cli("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=10m,uid=5", volume).ok()
    options = docker("volume", "inspect", "-f", "{{json .Options}}", made).ok()
    assert options == '{"device":"tmpfs","o":"size=10m,uid=5","type":"tmpfs"}'
    first = docker.running("-v", f"{volume}:/m")
    second = docker.running("-v", f"{volume}:/n:ro")
    said = docker("exec", first, "grep", " /m ", "/proc/mounts").ok()
    assert said.startswith("tmpfs /m tmpfs rw,") and "size=10240k,uid=5" in said
    docker("exec", first, "touch", "/m/shared").ok()
    assert docker("exec", second, "ls", "/n").ok() == "shared"
    docker("rm", "-f", first).ok()
    assert docker("exec", second, "ls", "/n").ok() == "shared"
    assert box(docker, "-v", f"{volume}:/m", image, "ls", "/m") == "shared"
    docker("rm", "-f", second).ok()
    assert until(lambda: box(docker, "-v", f"{volume}:/m", image, "ls", "/m") == "", 10)


def test_a_bind_is_never_emptied(cli: Client, docker: Client, volume: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    cli("volume", "create", "-o", "type=none", "-o", f"device={tmp_path}", "-o", "o=bind,ro", volume).ok()
    name = docker.running("-v", f"{volume}:/m")
    assert docker("exec", name, "ls", "/m").ok() == "kept"
    docker("exec", name, "touch", "/m/y").fails(1, "Read-only file system")
    docker("rm", "-f", "-v", name).ok()
    docker("volume", "rm", volume).ok()
    assert (tmp_path / "kept").read_text() == "x"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            "type=tmpfs device=tmpfs o=foo=1",
            "failed to mount local volume: mount tmpfs:.*, data: foo=1: invalid argument",
        ),
        ("type=none device=/nope o=bind", "failed to mount local volume: mount /nope:.*, flags: 0x1000: no such file"),
        (
            "type=ext4 device=/dev/nope o=ro",
            "failed to mount local volume: mount /dev/nope:.*, flags: 0x1: no such file",
        ),
    ],
)
def test_what_cannot_be_mounted(docker: Client, volume: str, options: str, text: str) -> None:
    docker("volume", "create", *(f"--opt={option}" for option in options.split()), volume).ok()
    name = docker.name("unmounted")
    docker("run", "--name", name, "--network", "none", "-v", f"{volume}:/m", docker.engine.image, "true").fails(
        127 if "no such file" in text else 125, text
    )
    docker("rm", name).ok()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("type=tmpfs", 'missing required option: "device"'),
        ("device=x", 'missing required option: "type"'),
        ("size=10m", "quota size requested but no quota support"),
        ("foo=1", 'invalid option: "foo"'),
    ],
)
def test_options_that_do_not_fit(cli: Client, options: str, text: str) -> None:
    cli("volume", "create", "-o", options, "odd").fails(1, f"create odd: {text}")


def test_options_in_a_mount(cli: Client, docker: Client, volume: str) -> None:
    mount = (
        f'type=volume,src={volume},dst=/m,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"volume-opt=o=size=1m,uid=3"'
    )
    said = cli(
        "run", "--rm", "--network", "none", "--mount", mount, docker.engine.image, "grep", " /m ", "/proc/mounts"
    )
    assert "size=1024k,uid=3" in said.ok()


def test_only_a_folder_of_a_volume(cli: Client, docker: Client, volume: str) -> None:
    docker.needs(26)
    image = docker.engine.image
    script = (
        "mkdir -p /v/a/b; echo hi > /v/a/b/f; ln -s a /v/link; ln -s /etc /v/abs; ln -s ../.. /v/up; echo x > /v/file"
    )
    box(docker, "-v", f"{volume}:/v", image, "sh", "-c", script)

    def run(subpath: str, *words: str) -> list[str]:
        mount = f"type=volume,src={volume},dst=/m,volume-subpath={subpath}"
        return ["run", "--rm", "--network", "none", "--mount", mount, image, *words]

    for subpath, listed in (("a", "b"), ("a/b", "f"), ("link/b", "f"), ("a/../a", "b")):
        assert cli(*run(subpath, "ls", "/m")).ok() == listed
    assert cli(*run("file", "cat", "/m")).ok() == "x"
    cli(*run("nope", "true")).fails(127, "cannot access path .*/nope: lstat .*/nope: no such file or directory")
    for subpath in ("abs", "up"):
        cli(*run(subpath, "true")).fails(
            125, f"path concatenation escapes the base directory, base: .*, subpath: {subpath}"
        )
    for subpath in ("/a", "../x"):
        cli(*run(subpath, "true")).fails(125, "subpath must be a relative path within the volume")


def test_an_empty_folder_of_a_volume_is_filled(docker: Client, volume: str) -> None:
    docker.needs(26)
    image = docker.engine.image
    box(docker, "-v", f"{volume}:/v", image, "mkdir", "/v/x")
    mount = f"type=volume,src={volume},dst=/bin,volume-subpath=x"
    assert "busybox" in box(docker, "--mount", mount, image, "ls", "/bin").split()
    assert "x/busybox" in box(docker, "-v", f"{volume}:/v", image, "sh", "-c", "cd /v; find x").split()


def test_it_stays_mounted_over_a_crash_of_the_daemon(own: Daemon) -> None:
    own.start()
    own.load_box()
    docker = Client(own, "docker")
    docker("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "kept").ok()
    first = docker.running("-v", "kept:/m")
    docker("exec", first, "touch", "/m/still").ok()
    own.kill()
    own.start()
    assert box(docker, "-v", "kept:/m", own.image, "ls", "/m") == "still"
    docker("rm", "-f", first).ok()
    assert until(lambda: f"{own.base}/data/volumes/kept/_data" not in own.space.mounts())
    docker("volume", "rm", "kept").ok()
    docker.close()
