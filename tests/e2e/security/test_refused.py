"""Requests and images that would reach the host, through the whole engine; the runtime's own tests have the details."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from support import boxes
from support.client import Client
from support.engine import Engine

SECRET = Path("/etc/passwd")

REFUSED = [
    pytest.param(("--cpuset-cpus", "0-2147483647"), "(?i)(cpus|invalid)", id="cve-2018-20699"),
    pytest.param(("--sysctl", "kernel.core_pattern=|/bin/x"), "sysctl", id="cve-2022-0811-host"),
    pytest.param(("--sysctl", "kernel.shm_rmid_forced=1+kernel.core_pattern=|/x"), "", id="cve-2022-0811-plus"),
    pytest.param(("--sysctl", "net.ipv4.ip_forward=1\nkernel.core_pattern=x"), "", id="cve-2022-0811-newline"),
    pytest.param(("--sysctl", "net/../kernel/core_pattern=x"), "sysctl", id="cve-2022-0811-dots"),
    pytest.param(("-v", "/tmp:/proc"), "", id="cve-2019-16884-proc"),
    pytest.param(("-v", "/tmp:/proc/self/attr"), "", id="cve-2019-16884-attr"),
    pytest.param(("--tmpfs", "/proc/self"), "", id="cve-2019-16884-tmpfs"),
    pytest.param(("-u", "4294967296"), "range", id="cve-2024-40635-wraps"),
    pytest.param(("-u", "2147483648"), "range", id="cve-2024-40635-half"),
    pytest.param(("-u", "-1"), "range", id="cve-2024-40635-negative"),
    pytest.param(("-u", "100000000000000000000"), "", id="cve-2026-46680-long"),
    pytest.param(("-u", "0x0"), "", id="cve-2026-46680-hex"),
]


@pytest.mark.parametrize(("flags", "pattern"), REFUSED)
def test_requests_that_are_refused(docker: Client, flags: tuple[str, ...], pattern: str) -> None:
    before = Path("/proc/sys/kernel/core_pattern").read_text()
    result = docker("run", "--rm", "--network", "none", *flags, docker.engine.image, "sh", "-c", "echo ran")
    value = Path("/proc/sys/kernel/core_pattern").read_text()

    assert "ran" not in result.out, result
    result.fails(result.code or -1, pattern)
    assert value == before


@pytest.mark.parametrize("number", [3, 5, 7, 8, 9, 10, 64, 1023])
def test_a_working_directory_of_an_image_or_exec_stays_inside_cve_2024_21626(
    engine: Engine, docker: Client, number: int
) -> None:
    where = f"/proc/self/fd/{number}"
    engine.load(boxes.archive("e2e-workdir:latest", [boxes.busybox_layer()], {"WorkingDir": where}))
    script = "pwd; cat etc/passwd ../etc/passwd ../../etc/passwd ../../../etc/passwd"
    result = docker("run", "--rm", "--network", "none", "e2e-workdir:latest", "sh", "-c", script)
    assert SECRET.read_text() not in result.out
    docker("rmi", "-f", "e2e-workdir:latest").ok()
    name = docker.running()
    assert SECRET.read_text() not in docker("exec", "-w", where, name, "sh", "-c", script).out


def link_layer(name: str, target: str) -> bytes:
    """A layer with one symbolic link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        archive.addfile(entry)
    return out.getvalue()


@pytest.mark.parametrize("volume", ["/../../etc", "/link", "/link/deeper"])
def test_a_volume_of_an_image_is_made_inside_cve_2022_23648(engine: Engine, docker: Client, volume: str) -> None:
    """What the volume is first filled with comes from the image, whatever links it has."""
    layer = link_layer("link", "/etc")
    links = boxes.archive("e2e-volume:latest", [boxes.busybox_layer(), layer], {"Volumes": {volume: {}}})
    engine.load(links)
    name = docker.name()
    docker("create", "--name", name, "--network", "none", "e2e-volume:latest", "true")
    out = docker(
        "run",
        "--rm",
        "--network",
        "none",
        "--volumes-from",
        name,
        docker.engine.image,
        "sh",
        "-c",
        "cat /etc/passwd /link/* /link/deeper/*",
    ).out
    assert SECRET.read_text() not in out
    docker("rm", "-v", name)
    docker("rmi", "-f", "e2e-volume:latest").ok()


def test_the_inheritable_set_is_empty_in_every_way_cve_2022_24769(docker: Client) -> None:
    show = ("grep", "CapInh", "/proc/self/status")
    for flags in ((), ("--privileged",), ("--cap-add", "ALL"), ("-u", "1000"), ("--privileged", "-u", "1000")):
        assert (
            docker("run", "--rm", "--network", "none", *flags, docker.engine.image, *show).ok().split()[1] == "0" * 16
        )
    name = docker.running("--cap-add", "NET_ADMIN")
    for flags in ((), ("--privileged",), ("-u", "1000")):
        assert docker("exec", *flags, name, *show).ok().split()[1] == "0" * 16


def test_control_groups_cannot_be_mounted_cve_2022_0492(docker: Client) -> None:
    script = "mkdir /tmp/c; for t in cgroup cgroup2; do mount -t $t none /tmp/c && echo mounted; unshare -UrmC mount -t $t none /tmp/c && echo mounted; done; echo end"
    assert docker("run", "--rm", "--network", "none", docker.engine.image, "sh", "-c", script).out == "end\n"


def test_devices_of_an_image_are_nodes_that_nobody_opens(engine: Engine, docker: Client) -> None:
    """The disk that the host is on, its memory, its kernel's log: the image has nodes of them that all may open."""
    disk = Path("/").stat().st_dev
    nodes = {
        "disk": ("b", os.major(disk), os.minor(disk)),
        "mem": ("c", 1, 1),
        "kmsg": ("c", 1, 11),
        "null": ("c", 1, 3),
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, (kind, major, minor) in nodes.items():
            entry = tarfile.TarInfo(f"nodes/{name}")
            entry.type, entry.mode = tarfile.BLKTYPE if kind == "b" else tarfile.CHRTYPE, 0o666
            entry.devmajor, entry.devminor = major, minor
            archive.addfile(entry)
    engine.load(boxes.archive("e2e-nodes:latest", [boxes.busybox_layer(), out.getvalue()]))
    script = "for n in /nodes/*; do [ -b $n -o -c $n ] && (: < $n) && echo opened $n; done; echo end"
    for flags in ((), ("--cap-add", "ALL"), ("--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined")):
        done = docker("run", "--rm", "--network", "none", *flags, "e2e-nodes:latest", "sh", "-c", script)
        assert done.ok() == "opened /nodes/null\nend" and done.err.count("Operation not permitted") == 3, done
    docker("rmi", "-f", "e2e-nodes:latest").ok()
