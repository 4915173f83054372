import os

import pytest

from hutch.linux import namespaces


def test_every_type_has_a_flag_and_a_file() -> None:
    assert namespaces.FLAGS.keys() == namespaces.PROC_NAMES.keys()
    for kind in namespaces.FLAGS:
        assert os.path.exists(namespaces.path(os.getpid(), kind))


def test_joining_something_else_names_it() -> None:
    fd = os.open("/dev/null", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="the null device"):
            namespaces.setns(fd, namespaces.CLONE_NEWNET, "the null device")
    finally:
        os.close(fd)
