import os

from hutch.linux import pty


def test_a_terminal_has_a_size_and_carries_bytes() -> None:
    master, slave = os.openpty()
    try:
        pty.set_size(slave, 30, 90)
        assert pty.size(master) == (30, 90)
    finally:
        os.close(master)
        os.close(slave)


def test_a_terminal_of_the_given_devpts() -> None:
    devpts = os.open("/dev/pts", os.O_RDONLY | os.O_DIRECTORY)
    try:
        master, slave = pty.open_in(devpts)
    finally:
        os.close(devpts)
    try:
        os.write(slave, b"hello")
        assert os.read(master, 16) == b"hello"
        assert not os.get_inheritable(slave)
    finally:
        os.close(master)
        os.close(slave)
