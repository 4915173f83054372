"""Binds, volumes and tmpfs: every option, seen from inside, from the host, and in the events."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from support.client import Client


def _run(client: Client, *words: str, script: str) -> str:
    return client("run", "--rm", "--network", "none", *words, client.engine.image, "sh", "-c", script).ok()


READ_ONLY = (
    "awk '$5 ~ \"^/x\" {split($6, o, \",\"); print o[1]}' /proc/self/mountinfo | sort | uniq -c | awk '{print $2}'"
)


@pytest.mark.compat
@pytest.mark.parametrize(
    ("options", "shows"),
    [
        ("", "rw"),
        (",readonly", "ro"),
        (",readonly,bind-recursive=writable", "ro\nrw"),
        (",readonly,bind-propagation=rprivate,bind-recursive=readonly", "ro"),
    ],
)
def test_how_deep_a_bind_is_read_only(docker: Client, options: str, shows: str) -> None:
    docker.needs(25 if "recursive" in options else 20)
    assert _run(docker, "--mount", f"type=bind,src=/dev,dst=/x{options}", script=READ_ONLY) == shows


@pytest.mark.compat
def test_a_bind_without_what_is_below(docker: Client) -> None:
    docker.needs(25)
    flags = ("--mount", "type=bind,src=/dev,dst=/x,bind-recursive=disabled")
    assert _run(docker, *flags, script="grep -c ' /x' /proc/mounts") == "1"


def test_mounts_of_the_host_arrive(docker: Client, tmp_path: Path) -> None:
    place, private = tmp_path / "shared", tmp_path / "private"
    docker.engine.sh(
        f"mkdir {place} {private}; mount -t tmpfs x {place}; mount --make-shared {place}; mkdir {place}/out"
    )
    docker.engine.sh(f"mount -t tmpfs x {private}; mount --make-private {private}")
    try:
        name = docker.running("-v", f"{place}:/x:rshared", "-v", f"{place}:/y:rslave")
        docker.engine.sh(f"mount -t tmpfs x {place}/out; touch {place}/out/seen")
        assert docker("exec", name, "ls", "/x/out", "/y/out").ok().count("seen") == 2
        docker.engine.sh(f"umount {place}/out")
        box = docker.running("-v", f"{place}:/x:rshared", "-v", f"{place}:/y:rslave", "--cap-add", "SYS_ADMIN")
        made = "mount -t tmpfs y /y/out && touch /y/out/own && mount -t tmpfs x /x/out && touch /x/out/inner"
        docker("exec", box, "sh", "-c", made).ok()
        assert docker.engine.sh(f"ls {place}/out") == "inner"
        docker("exec", box, "umount", "/x/out").ok()
        assert docker.engine.sh(f"ls {place}/out") == ""
        words = ("run", "--rm", "--network", "none")
        problem = f"path {private} is mounted on {private} but it is not a shared"
        for mode in ("rshared", "rslave"):
            docker(*words, "-v", f"{private}:/x:{mode}", docker.engine.image, "true").fails(125, problem)
    finally:
        docker.engine.sh(f"umount -l {place} {private}")


def test_volumes_are_filled_unless_told_not_to(docker: Client) -> None:
    name = docker.name()
    assert _run(docker, "-v", f"{name}-a:/etc", script="cat /etc/passwd | wc -l") != "0"
    missing = "test -e /etc/passwd || echo none"
    assert _run(docker, "-v", f"{name}-b:/etc:nocopy", script=missing) == "none"
    flags = ("--mount", f"type=volume,src={name}-c,dst=/etc,volume-nocopy")
    assert _run(docker, *flags, script=missing) == "none"
    for letter in "abc":
        docker("volume", "rm", f"{name}-{letter}").ok()


def test_a_driver_that_is_not_there(docker: Client) -> None:
    docker.needs(23)  # an older one takes any "not found" for the image's, and pulls
    words = ("--mount", "type=volume,src=shelf,dst=/x,volume-driver=nosuch", docker.engine.image, "true")
    docker("run", "--rm", *words).fails(
        125, 'create shelf: error looking up volume plugin nosuch: plugin "nosuch" not found'
    )


def test_events_of_volumes(docker: Client) -> None:
    name = docker.name()
    docker(
        "run", "--name", name, "--network", "none", "-v", f"{name}-v:/x", "-v", "/y", docker.engine.image, "true"
    ).ok()
    anonymous = next(m["Name"] for m in docker.inspect(name)["Mounts"] if m["Destination"] == "/y")
    docker("volume", "rm", f"{name}-v").fails(1, "volume is in use")
    docker("rm", "-v", name).ok()
    docker("volume", "inspect", anonymous).fails(1, "(?i)no such volume")
    docker("volume", "rm", f"{name}-v").ok()
    said = docker(
        "events",
        "--since",
        "10m",
        "--until",
        str(int(time.time()) + 1),
        "--filter",
        "type=volume",
        "--format",
        "{{json .}}",
    ).ok()
    seen: dict[str, list[str]] = {}
    for line in said.splitlines():
        event = json.loads(line)
        seen.setdefault(event["Actor"]["ID"], []).append(event["Action"])
    for volume in (f"{name}-v", anonymous):
        assert seen.get(volume) == ["create", "mount", "unmount", "destroy"], said
