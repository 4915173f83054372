"""``hutch`` beside ``docker`` on the same engine: same output, same errors but for the name, same exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.cli import gates
from hutch.cli.table import COMMANDS

HOST = os.environ.get("HUTCH_COMPAT_HOST", "")
IMAGE = os.environ.get("HUTCH_COMPAT_IMAGE", "busybox")
NAME = "hutch-compat"
HUTCH = str(Path(__file__).resolve().parents[2] / "bin" / "hutch")

pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(not HOST, reason="HUTCH_COMPAT_HOST names no engine"),
    pytest.mark.skipif(not shutil.which("docker"), reason="no docker command to compare with"),
]


def call(program: str, words: list[str], **variables: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [program, *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "DOCKER_HOST": HOST, **variables},
        timeout=120,
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
    if words[0] == "images":  # dockerd tells those of the same second in any order
        hutch, docker = ((code, "\n".join(sorted(out.split("\n"))), err) for code, out, err in (hutch, docker))
    assert hutch == docker


def gated() -> list[tuple[str, str]]:
    """Every spelling of every command that has flags of a version, with the flag; without one for whole commands."""
    found = [(name, "") for name, module in COMMANDS.items() if module in gates.SINCE]
    for name, module in COMMANDS.items():
        found += [(name, flag) for flag in gates.FLAGS.get(module, "").split()[::2]]
    return found


@pytest.mark.parametrize(("name", "flag"), gated())
def test_what_an_older_version_has_not(name: str, flag: str) -> None:
    since = f"1.{gates.since(COMMANDS[name], flag)}"
    value = {"filter": "a=b", "annotation": "a=b", "env": "a=b", "tree": "1", "all": "1", "force": "1",
             "init": "1"}.get(flag, "1s" if flag.startswith("health") else "1")  # fmt: skip
    words = [*name.split(" "), *([f"--{flag}={value}"] if flag else []), "nosuch", "nosuch"]
    before = f"1.{int(since[2:]) - 1}"
    nobody = {"DOCKER_HOST": "unix:///nonexistent"}  # it is told without any engine
    ours, theirs = (call(program, words, **nobody, DOCKER_API_VERSION=before) for program in (HUTCH, "docker"))
    assert ours[0] == theirs[0] == 1
    assert ours[2].replace("hutch daemon API", "Docker daemon API").lower() == theirs[2].lower()
    assert f"requires API version {since}, but" in ours[2]
    for program in (HUTCH, "docker"):
        assert "requires API version" not in call(program, words, **nobody, DOCKER_API_VERSION=since)[2]
