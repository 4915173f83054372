import os

import pytest

from hutch.runtime.stages import through


def test_our_own_namespaces_differ_in_nothing() -> None:
    assert through.different_namespaces(os.getpid()) == 0


def test_a_process_that_is_gone() -> None:
    with pytest.raises(ProcessLookupError):
        through.different_namespaces(2**22 + 5)
