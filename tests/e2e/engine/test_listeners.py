"""Where the daemon listens: several addresses, TCP with and without TLS, the socket's group and mode."""

from __future__ import annotations

import contextlib
import grp
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon
from support.space import until

OPENSSL = r"""
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 2 -subj /CN=ca
for name in server client; do
    openssl req -newkey rsa:2048 -nodes -keyout $name-key.pem -out $name.csr -subj /CN=$name
done
printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n' > server.ext
printf 'extendedKeyUsage=clientAuth\n' > client.ext
for name in server client; do
    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -out $name.pem \
        -extfile $name.ext
done
openssl req -x509 -newkey rsa:2048 -nodes -keyout other-key.pem -out other.pem -days 2 -subj /CN=other
"""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and what it signed for a server and a client."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["sh", "-ec", OPENSSL], cwd=folder, check=True, capture_output=True)
    return folder


def _reach(client: Client, address: str, *words: str, flags: tuple[str, ...] = ()) -> str:
    return client(*flags, *words, inside=True, env={"DOCKER_HOST": address}).ok()


@pytest.mark.parametrize("tool", ["docker", "hutch"])
def test_tcp_and_a_second_socket(own: Daemon, tool: str) -> None:
    second = own.base / "second.sock"
    own.flags = ("-H", "tcp://127.0.0.1:2375", "-H", f"unix://{second}")
    own.start()
    own.load_box()
    client = Client(own, tool)
    run = ("run", "--rm", "-i", "--network", "none", own.image, "cat")
    for address in ("tcp://127.0.0.1:2375", f"unix://{second}", own.address):
        assert client(*run, text="typed\n", inside=True, env={"DOCKER_HOST": address}).ok() == "typed"
    assert "without encryption" in own.log


@pytest.mark.parametrize("tool", ["docker", "hutch"])
def test_tls(own: Daemon, papers: Path, tool: str) -> None:
    files = (f"--tlscacert={papers}/ca.pem", f"--tlscert={papers}/server.pem", f"--tlskey={papers}/server-key.pem")
    own.flags = ("-H", "tcp://127.0.0.1:2376", "--tlsverify", *files)
    own.start()
    own.load_box()
    client, address = Client(own, tool), "tcp://127.0.0.1:2376"
    good = ("--tlsverify", f"--tlscacert={papers}/ca.pem", f"--tlscert={papers}/client.pem",
            f"--tlskey={papers}/client-key.pem")  # fmt: skip
    run = ("run", "--rm", "-i", "--network", "none", own.image, "sh", "-c", "cat; echo err >&2; exit 5")
    said = client(*good, *run, text="x" * 300000, inside=True, env={"DOCKER_HOST": address})
    assert (said.code, said.out, said.err) == (5, "x" * 300000, "err\n")
    stranger = ("--tlsverify", f"--tlscacert={papers}/ca.pem", f"--tlscert={papers}/other.pem",
                f"--tlskey={papers}/other-key.pem")  # fmt: skip
    assert client(*stranger, "ps", inside=True, env={"DOCKER_HOST": address}).code != 0
    plain = client("ps", inside=True, env={"DOCKER_HOST": address})
    plain.fails(1, r"Error response from daemon: Client sent an HTTP request to an HTTPS server\.")
    distrust = ("--tlsverify", f"--tlscacert={papers}/other.pem", *good[2:])
    assert client(*distrust, "ps", inside=True, env={"DOCKER_HOST": address}).code != 0


def test_few_files_and_many_clients(own: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 256 files that may be open, whoever is too much is told so, and the others' containers start."""
    plain = own.command
    monkeypatch.setattr(own, "command", lambda *flags: ["prlimit", "--nofile=256", "--", *plain(*flags)])
    own.start()
    own.load_box()
    body = {"Image": own.image, "Cmd": ["true"], "HostConfig": {"NetworkMode": "bridge"}}
    before = len(os.listdir(f"/proc/{own.pid}/fd"))
    with contextlib.ExitStack() as clients:
        for number in range(300):
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(own.socket)
            with contextlib.suppress(BrokenPipeError):
                client.sendall(b"GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            if number == 40:
                assert own.api("POST", "/containers/create?name=one", body)[0] == 201
        assert own.api("POST", "/containers/one/start") == (503, {"message": "too many connections"})
    assert until(lambda: own.api("POST", "/containers/one/start")[0] == 204)
    assert own.api("POST", "/containers/one/wait")[1]["StatusCode"] == 0
    assert until(lambda: len(os.listdir(f"/proc/{own.pid}/fd")) <= before + 2)
    assert "Too many open files" not in own.log


def test_group_and_modes(own: Daemon) -> None:
    group = grp.getgrgid(1).gr_name
    own.flags = ("-G", group)
    own.start()
    status = os.stat(own.socket)
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o660, 1)
    for folder, mode in (("data", 0o710), ("data/containers", 0o700), ("exec/containers", 0o700), ("exec", 0o700)):
        assert stat.S_IMODE(os.stat(own.base / folder).st_mode) == mode, folder
    for name in ("engine.db", "images.db", "volumes.db", "network.db"):
        assert stat.S_IMODE(os.stat(own.base / "data" / name).st_mode) & 0o077 == 0, name
