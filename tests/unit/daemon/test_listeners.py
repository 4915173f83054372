from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hutch.daemon import listeners
from hutch.model.errors import Conflict, Invalid, NotFound


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unix:///a/b.sock", ("unix", "/a/b.sock", "", 0)),
        ("unix://", ("unix", "/run/hutch.sock", "", 0)),
        ("tcp://", ("tcp", "", "127.0.0.1", 2375)),
        ("tcp://0.0.0.0:99", ("tcp", "", "0.0.0.0", 99)),
        ("tcp://[::1]:99", ("tcp", "", "::1", 99)),
        ("1.2.3.4:5", ("tcp", "", "1.2.3.4", 5)),
        ("fd://", ("fd", "", "", 0)),
        ("fd://4", ("fd", "4", "", 0)),
    ],
)
def test_addresses(text: str, expected: tuple[str, str, str, int]) -> None:
    address = listeners.parse(text, tls=False)
    assert (address.kind, address.path, address.host, address.port) == expected


def test_the_port_depends_on_tls() -> None:
    assert listeners.parse("tcp://a", tls=True).port == 2376


@pytest.mark.parametrize(
    "text", ["npipe://x", "unix://rel", "tcp://a:b", "tcp://a:1:2", "tcp://a/b", "unix:///" + "a" * 120]
)
def test_wrong_addresses(text: str) -> None:
    with pytest.raises(Invalid, match="invalid bind address"):
        listeners.parse(text, tls=False)


def test_a_unix_socket_is_for_its_group_and_replaces_a_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    for _ in range(2):  # the second time over the socket that the first left
        with listeners.open_unix(str(path), str(os.getegid()), lambda _w: None):
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            assert path.stat().st_gid == os.getegid()


def test_a_socket_in_use_and_a_file_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with listeners.open_unix(str(path), "", lambda _w: None), pytest.raises(Conflict, match="a daemon listens on it"):
        listeners.open_unix(str(path), "", lambda _w: None)
    file = tmp_path / "file"
    file.write_text("precious")
    with pytest.raises(Conflict, match="not a socket"):
        listeners.open_unix(str(file), "", lambda _w: None)
    assert file.read_text() == "precious"


def test_an_unknown_group_is_an_error_only_if_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="group no-such-group not found"):
        listeners.open_unix(str(tmp_path / "s"), "no-such-group", lambda _w: None)


def test_tcp_on_a_port_in_use() -> None:
    (first,) = listeners.open_tcp("127.0.0.1", 0)
    with first, pytest.raises(Conflict, match="bind: address already in use"):
        listeners.open_tcp("127.0.0.1", first.getsockname()[1])


def test_no_passed_sockets_is_an_error() -> None:
    for environment in (
        {},
        {"LISTEN_FDS": "1", "LISTEN_PID": "1"},
        {"LISTEN_FDS": "x", "LISTEN_PID": str(os.getpid())},
    ):
        with pytest.raises(Invalid, match="no sockets found via socket activation"):
            listeners.take_passed("", environment)


def test_passed_sockets_are_taken_in_a_process_of_their_own() -> None:
    program = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "from hutch.daemon import listeners\n"
        "found = listeners.take_passed('api', os.environ)\n"
        "print([s.fileno() for s in found], os.get_inheritable(3))\n"
    )
    one, other = socket.socketpair()
    with one, other:
        ran = subprocess.run(
            [sys.executable, "-c", program, str(one.fileno())],
            env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": "api", "PYTHONPATH": os.pathsep.join(sys.path)},
            pass_fds=(one.fileno(),),
            capture_output=True,
            text=True,
            check=True,
        )
    assert ran.stdout == "[3] False\n"
