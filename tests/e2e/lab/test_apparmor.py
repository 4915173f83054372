"""Containers under AppArmor, on a kernel where it is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.client import Client

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

PROFILES = Path("/sys/kernel/security/apparmor/profiles")
SLOW = 300.0


@pytest.fixture(autouse=True)
def on() -> None:
    enabled = Path("/sys/module/apparmor/parameters/enabled")
    if not enabled.exists() or enabled.read_text().strip() != "Y":
        pytest.skip("needs a kernel with AppArmor")


def run(docker: Client, *words: str) -> str:
    return docker("run", "--rm", "--network", "none", *words, timeout=SLOW).ok()


def test_the_default_profile_is_loaded_and_told(docker: Client) -> None:
    assert "docker-default (enforce)" in PROFILES.read_text().splitlines()
    assert "name=apparmor" in docker("info", "--format", "{{json .SecurityOptions}}").ok()


def test_containers_and_what_is_executed_in_them_are_confined(docker: Client) -> None:
    name = docker.running()
    assert docker.field(name, "{{.AppArmorProfile}}") == "docker-default"
    assert docker("exec", name, "cat", "/proc/1/attr/current", timeout=SLOW).ok() == "docker-default (enforce)"
    assert docker("exec", name, "cat", "/proc/self/attr/current", timeout=SLOW).ok() == "docker-default (enforce)"


def test_a_privileged_one_and_one_that_asks_are_not(docker: Client) -> None:
    image = docker.engine.image
    assert run(docker, "--privileged", image, "cat", "/proc/self/attr/current") == "unconfined"
    assert run(docker, "--security-opt", "apparmor=unconfined", image, "cat", "/proc/self/attr/current") == "unconfined"


def test_mounting_is_denied_even_with_the_capability(docker: Client) -> None:
    """The profile is what denies it: without it, the same capability mounts."""
    script = "mount -t tmpfs none /tmp 2>/dev/null && echo mounted || echo denied"
    flags = ("--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined")
    image = docker.engine.image
    assert run(docker, *flags, image, "sh", "-c", script) == "denied"
    assert run(docker, *flags, "--security-opt", "apparmor=unconfined", image, "sh", "-c", script) == "mounted"


def test_a_profile_that_is_not_there_fails_the_start(docker: Client) -> None:
    result = docker("run", "--rm", "--network", "none", "--security-opt", "apparmor=no-such-profile",
                    docker.engine.image, "true", timeout=SLOW)  # fmt: skip
    assert result.code not in (0, 1)
    assert "no-such-profile" in result.err


def test_ordinary_work_is_not_hindered(docker: Client) -> None:
    script = "echo a > /tmp/a && chmod 600 /tmp/a && kill -0 1 && cat /proc/self/status > /dev/null && echo done"
    assert run(docker, docker.engine.image, "sh", "-c", script) == "done"
    name = docker.running(command=("sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done"))
    docker("stop", "-t", "60", name, timeout=SLOW).ok()
    assert docker.field(name, "{{.State.ExitCode}}") == "9"
