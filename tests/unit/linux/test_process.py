import os
import signal
import subprocess

import pytest

from hutch.linux import process


def test_a_process_is_named_by_its_start_time() -> None:
    child = subprocess.Popen(["/bin/sleep", "60"])
    try:
        assert process.start_time(child.pid) >= process.start_time(os.getpid())
        pidfd = process.pidfd_open(child.pid)
        assert process.pidfd_pid(pidfd) == child.pid
        process.pidfd_send_signal(pidfd, signal.SIGTERM)
        assert child.wait() == -signal.SIGTERM
        with pytest.raises(ProcessLookupError):
            process.pidfd_send_signal(pidfd, signal.SIGTERM)
        os.close(pidfd)
    finally:
        child.kill()
        child.wait()


def test_descriptors_close_at_exec_from_a_number_on() -> None:
    read, write = os.pipe()
    os.set_inheritable(read, True)
    process.close_on_exec_from(read, read)
    assert not os.get_inheritable(read)
    process.close_from(write, write)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(write)
    os.close(read)


@pytest.mark.parametrize("env", [[], [b"A=1"], [b"A=1", b"A=2"], [b"nothing"]])
def test_exec_of_a_missing_file_names_it(env: list[bytes]) -> None:
    with pytest.raises(OSError, match="/no/such/program") as caught:
        process.execve(b"/no/such/program", [b"x"], env)
    assert caught.value.errno == 2


@pytest.mark.parametrize(
    "env", [[], [b"B=2", b"A=1=x", b"C="], [b"A=1", b"A=2"], [b"nothing", b"A=1"], [b"=x"], [b"A=\xff\xfe"]]
)
def test_exec_passes_the_environment_on_as_it_is(env: list[bytes]) -> None:
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.dup2(write, 1)
            process.execve(b"/bin/cat", [b"cat", b"/proc/self/environ"], env)
        finally:
            os._exit(1)
    os.close(write)
    with open(read, "rb") as file:
        assert file.read() == b"".join(entry + b"\0" for entry in env)
    assert os.waitpid(pid, 0)[1] == 0
