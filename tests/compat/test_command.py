"""``hutch`` beside ``docker`` on the same engine: same output, same errors but for the name, same exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HOST = os.environ.get("HUTCH_COMPAT_HOST", "")
IMAGE = os.environ.get("HUTCH_COMPAT_IMAGE", "busybox")
NAME = "hutch-compat"
HUTCH = str(Path(__file__).resolve().parents[2] / "bin" / "hutch")

pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(not HOST, reason="HUTCH_COMPAT_HOST names no engine"),
    pytest.mark.skipif(not shutil.which("docker"), reason="no docker command to compare with"),
]


def call(program: str, words: list[str]) -> tuple[int, str, str]:
    done = subprocess.run(
        [program, *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "DOCKER_HOST": HOST},
    )
    return done.returncode, done.stdout, done.stderr.replace("docker", "hutch")


@pytest.fixture(scope="module", autouse=True)
def container() -> Iterator[None]:
    words = ["run", "-d", "--name", NAME, "-p", "127.0.0.1::80", "-v", "/tmp:/x", "-l", "a=b", IMAGE, "sleep", "600"]
    assert call("docker", words)[0] == 0
    yield
    call("docker", ["rm", "-f", NAME])


@pytest.mark.parametrize(
    "line",
    [
        f"inspect {NAME}",
        f"inspect -f {{{{.State.Pid}}}}|{{{{.Mounts}}}}|{{{{.NetworkSettings.Ports}}}}|{{{{json.Config}}}} {NAME}",
        f"inspect -f {{{{.Foo}}}} {NAME}",
        f"inspect -f {{{{.X {NAME}",
        "inspect nosuch",
        "container inspect nosuch",
        "volume inspect nosuch",
        "inspect bridge",
        "ps --no-trunc --filter label=a=b",
        "ps --format json",
        "ps --format table|{{.ID}}|{{.Names}}|{{.Ports}}",
        "ps --size",
        "ps --foo",
        "ps x",
        "ps -f foo",
        "ps --format {{.X}}",
        f"port {NAME}",
        f"port {NAME} 81",
        f"top {NAME}",
        f"history {IMAGE}",
        "images --digests",
        "images --format json",
        "network ls --format json",
        "network ls",
        "volume ls",
        "info -f {{.ServerVersion}}",
        "version -f {{.Server.Version}}",
        "logs nosuch",
        "top nosuch",
        "exec nosuch ls",
        f"exec {NAME} false",
        f"exec {NAME} nosuch",
        f"rm {NAME}",
        "stop",
        "rename x",
        "run -m x y",
        "run --rm -v",
        "run --mount foo=bar,target=/x y",
        "run --ulimit x=1 y",
        f"run --restart=on-failure:x {IMAGE}",
        f"run --rm --restart=always {IMAGE}",
        f"run --rm {IMAGE} nosuch",
        f"run --rm {IMAGE} ls /nosuch",
    ],
)
def test_same_as_docker(line: str) -> None:
    words = line.replace("|", "\t").split(" ")
    docker = call("docker", words)
    hutch = call(HUTCH, words)
    if hutch != docker:
        docker = call("docker", words)  # a container grows older from one second to the next
    assert hutch == docker
