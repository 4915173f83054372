from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.runtime.keeper import program


def test_a_command_gets_its_streams_a_fixed_environment_and_nothing_else() -> None:
    read, write = os.pipe2(os.O_CLOEXEC)
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    kept = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    pid = program.spawn(["/bin/sh", "-c", "env; ls /proc/self/fd; exit 7"], (null, write, write))
    os.close(write)
    assert program.finish(pid) == 7
    text = os.read(read, 65536).decode()
    numbers = text.splitlines()[text.splitlines().index("0") :]
    assert str(kept) not in numbers
    assert str(read) not in numbers
    for fd in (read, null, kept):
        os.close(fd)
    assert "PATH=/usr/local/sbin:" in text
    assert "HOME=" not in text


def test_a_missing_command_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="/nowhere/crun"):
        program.spawn(["/nowhere/crun"], None)


def test_a_signal_is_a_negative_code() -> None:
    assert program.finish(program.spawn(["/bin/sh", "-c", "kill -9 $$"], None)) == -9


def test_the_last_error_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert program.complaint(str(log)) == ""
    log.write_text(
        '{"level":"warning","msg":"old"}\n{"level":"error","msg":"first"}\n{"level":"error","msg":"last"}\n'
        '{"level":"info","msg":"bye"}\nnot json\n[]\n'
    )
    assert program.complaint(str(log)) == "last"
    assert not log.exists()
    target = tmp_path / "elsewhere"
    target.write_text('{"level":"error","msg":"secret"}')
    log.symlink_to(target)
    with pytest.raises(OSError):
        program.complaint(str(log))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('runc create failed: unable to start container process: exec: "x": executable file not found in $PATH', 127),
        ("executable file `x` not found in $PATH: No such file or directory", 127),
        ('exec: "/etc": permission denied', 126),
        ("open `/bin/x`: Is a directory", 126),
        ("write cgroup.procs: no space left on device", 125),
    ],
)
def test_exit_codes_as_docker_tells_them_from_messages(message: str, code: int) -> None:
    assert program.exit_code_of(message) == code


def test_the_last_error_of_a_log_in_either_form() -> None:
    runc = '{"level":"warning","msg":"careful"}\n{"level":"error","msg":"first"}\n{"level":"error","msg":"last"}\n'
    assert program.last_error(runc) == "last"
    crun = '{\n  "msg": "executable file `x` not found in $PATH",\n  "level": "error"\n}'
    assert program.last_error(crun) == "executable file `x` not found in $PATH"
    assert program.last_error(crun + crun.replace("`x`", "`y`") + "\n") == "executable file `y` not found in $PATH"
    assert program.last_error('g": 1}\nnot json\n' + runc + "   \n{") == "last"
    assert program.last_error("") == ""
