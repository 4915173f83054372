"""The command line and the socket; the running launcher is in tests/kernel/keeper."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hutch.model.errors import Conflict, Invalid
from hutch.runtime.launcher import main


def test_options() -> None:
    options = main.Options(["--socket", "/run/x.sock", "--version", "1.2", "--log", "/tmp/l"])
    assert (options.socket, options.version, options.log) == ("/run/x.sock", "1.2", "/tmp/l")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--socket", "relative", "--version", "1"],
        ["--socket", "/x"],
        ["--bogus", "1"],
        ["--socket"],
        ["x"],
        ["--socket", "/x", "--version", "1", "--alone", "soon"],
        ["--socket", "/x", "--version", "1", "--files", "many"],
    ],
)
def test_bad_options(arguments: list[str]) -> None:
    with pytest.raises(Invalid, match="launcher: "):
        main.Options(arguments)


def test_it_says_what_is_wrong_and_fails() -> None:
    command = [sys.executable, "-I", "-S", main.__file__, "--bogus", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 1
    assert ran.stderr == "hutch launcher: launcher: unknown or incomplete option '--bogus'\n"


def test_a_stale_socket_is_replaced_and_a_served_one_is_not(tmp_path: Path) -> None:
    path = str(tmp_path / "run" / "l.sock")
    (tmp_path / "run").mkdir(mode=0o700)
    Path(path).write_text("stale")
    place = main.listen(path)
    assert os.stat(path).st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="another launcher serves"):
        main.listen(path)
    place.free()
    assert not os.path.lexists(path)
    main.listen(path).free()


def test_a_keeper_is_known_by_its_name() -> None:
    assert not main.is_keeper(os.getpid())
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    assert not main.is_keeper(gone.pid)


def test_survive_lowers_the_score_or_leaves_it() -> None:
    pid = os.fork()
    if not pid:
        main.survive()
        score = int(Path("/proc/self/oom_score_adj").read_text())
        os._exit(0 if score in (main.OOM_SCORE, before()) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def before() -> int:
    return int(Path(f"/proc/{os.getppid()}/oom_score_adj").read_text())


def test_files_are_limited_for_it_and_for_containers() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for said, wanted in (("", resource.getrlimit(resource.RLIMIT_NOFILE)[0]), ("77", 77), (str(hard + 1), hard)):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            main.limit_files(said)
            os.write(write, str(resource.getrlimit(resource.RLIMIT_NOFILE)).encode())
            os._exit(0)
        os.waitpid(pid, 0)
        assert os.read(read, 100).decode() == str((wanted, hard))
        os.close(read)
        os.close(write)
