import os
import struct

import pytest

from hutch.linux import seccomp


def test_a_program_that_is_none_is_refused_by_the_kernel():
    """In a child: had it been taken, this process would be filtered."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            with pytest.raises(OSError, match="SET_MODE_FILTER"):
                seccomp.install(struct.pack("=HBBI", 0xFFFF, 0, 0, 0))
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
