"""``hutch image bootstrap``: a distribution from its packages. The only tests that use the machine's network, and
that only as apt does; with ``HUTCH_TEST_OFFLINE=1`` they are left out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon
from support.space import until

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("HUTCH_TEST_OFFLINE")), reason="HUTCH_TEST_OFFLINE"),
    pytest.mark.skipif(not os.access("/usr/bin/mmdebstrap", os.X_OK), reason="needs mmdebstrap"),
]


@pytest.fixture(scope="module")
def online() -> Iterator[Daemon]:
    """A daemon in the machine's network, which has no network of its own and writes no rules."""
    daemon = Daemon("--bridge=none", "--iptables=false", network=False)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def hutch(online: Daemon) -> Iterator[Client]:
    client = Client(online, "hutch")
    yield client
    client.close()


def at_work(daemon: Daemon) -> list[str]:
    """Processes of a bootstrap: they have namespaces of their own, and their folder in the environment."""
    ours = f"TMPDIR={daemon.base}/".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and ours in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def left_of_bootstrap(daemon: Daemon) -> list[str]:
    """Files and processes of a bootstrap that is no more."""
    files = [str(path) for path in (daemon.base / "data").rglob("*") if path.parent.name == "ingest"]
    return files + at_work(daemon)


def test_debian_twice_is_the_same_image(hutch: Client, online: Daemon) -> None:
    first = hutch(
        "image", "bootstrap", "debian:bookworm", "--variant", "essential", "--include", "hostname", timeout=280
    )
    first.ok()
    lines = first.out.splitlines()
    assert len(lines) > 3 and any("I: " in line for line in lines), "a pipe gets the progress line by line"
    identifier = hutch.inspect("debian:bookworm")["Id"]
    assert (
        "VERSION_CODENAME=bookworm"
        in hutch("run", "--rm", "--network=none", "debian:bookworm", "cat", "/etc/os-release").ok()
    )
    assert hutch("run", "--rm", "--network=none", "--hostname", "there", "debian:bookworm", "hostname").ok() == "there"
    assert hutch("run", "--rm", "--network=none", "debian:bookworm").code == 0
    hutch("rmi", "-f", "debian:bookworm").ok()
    terminal = hutch.terminal("image", "bootstrap", "debian:bookworm", "--variant=essential", "--include=hostname")
    terminal.expect("Bootstrapping debian:bookworm", 60)
    terminal.expect("I: ", 120)
    assert terminal.wait(280) == 0
    assert hutch.inspect("debian:bookworm")["Id"] == identifier
    assert left_of_bootstrap(online) == []


def test_minbase_has_apt(hutch: Client) -> None:
    hutch("image", "bootstrap", "debian:bookworm-slim", timeout=280).ok()
    version = hutch(
        "run", "--rm", "--network=none", "debian:bookworm-slim", "dpkg-query", "-W", "-f", "${Status}", "apt"
    ).ok()
    assert version == "install ok installed"
    assert hutch.inspect("debian:bookworm-slim")["Config"]["Cmd"] == ["bash"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["debian:nonsense"], "nonsense"),
        (["debian:bookworm", "--include", "no-such-package-here"], "no-such-package-here"),
        (["ubuntu:noble", "--mirror", "http://127.0.0.1:9/ubuntu"], "127.0.0.1"),
        (["debian:bookworm", "--variant", "large"], "unknown variant"),
        (["fedora"], "names no suite"),
    ],
)
def test_what_cannot_be_made_is_told(hutch: Client, online: Daemon, words: list[str], said: str) -> None:
    done = hutch("image", "bootstrap", *words, timeout=280)
    done.fails(1, re.escape(said))
    assert left_of_bootstrap(online) == []


@pytest.mark.parametrize("who", ["client", "daemon"])
def test_one_that_is_killed_leaves_nothing(online: Daemon, hutch: Client, who: str) -> None:
    before = json.dumps(online.api("GET", "/images/json")[1])
    process = hutch.spawn("image", "bootstrap", "debian:bookworm", "--variant=minbase", "--include=git")
    assert until(lambda: any("/dpkg" in line or "apt-get" in line for line in at_work(online)), 60)
    if who == "client":
        process.kill()
    else:
        online.kill()
        online.start()
    process.wait(60)
    assert until(lambda: left_of_bootstrap(online) == [], 60), left_of_bootstrap(online)
    assert json.dumps(online.api("GET", "/images/json")[1]) == before
    assert str(online.base) not in Path("/proc/self/mountinfo").read_text()
