import errno

import pytest

from hutch.linux import libc


def test_a_failed_call_is_an_error_with_its_subject() -> None:
    with pytest.raises(OSError, match="the folder") as caught:
        libc.syscall(libc.number(80, 49), b"/no/such/folder", what="the folder")
    assert caught.value.errno == errno.ENOENT


def test_a_good_result_is_passed_on() -> None:
    assert libc.check(7) == 7
