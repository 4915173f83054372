"""A client that reads slowly: the one that started the container gets everything, a later one is dropped."""

from __future__ import annotations

import hashlib
import subprocess
import time

from support.client import Client
from support.space import until

SIZE = 6_000_000
SCRIPT = f"yes abcdefghijklmnopqrstuvwxyz0123456789 | head -c {SIZE}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_foreground_run_loses_nothing(cli: Client) -> None:
    command = cli.command("run", "--rm", "--network", "none", cli.engine.image, "sh", "-c", SCRIPT)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=cli.env) as process:
        time.sleep(4)  # longer than a later attach would be waited for
        data = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    line = b"abcdefghijklmnopqrstuvwxyz0123456789\n"
    assert (len(data), _digest(data)) == (SIZE, _digest((line * (SIZE // len(line) + 1))[:SIZE]))


def test_a_foreground_start_loses_nothing(docker: Client) -> None:
    name = docker.name()
    docker("create", "--name", name, "--network", "none", docker.engine.image, "sh", "-c", SCRIPT).ok()
    with subprocess.Popen(docker.command("start", "-a", name), stdout=subprocess.PIPE, env=docker.env) as process:
        time.sleep(4)
        data = process.communicate(timeout=30)[0]
    assert (process.returncode, len(data)) == (0, SIZE)


def test_a_later_attach_is_dropped_and_the_container_goes_on(docker: Client) -> None:
    script = "read go; yes | head -c 20000000; echo done > /finished; sleep 1000"
    name = docker.name()
    docker("run", "-di", "--name", name, "--network", "none", docker.engine.image, "sh", "-c", script).ok()
    reader = subprocess.Popen(
        docker.command("attach", name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=docker.env,
    )
    assert reader.stdin is not None
    time.sleep(0.5)
    reader.stdin.write(b"go\n")
    reader.stdin.flush()
    assert until(lambda: docker("exec", name, "test", "-e", "/finished").code == 0, 30)
    out, err = reader.communicate(timeout=30)
    assert len(out) < 20000000
    assert b"did not keep up" in err + out[-200:]
