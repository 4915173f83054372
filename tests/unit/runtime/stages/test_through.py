import os

import pytest

from hutch.runtime.stages import through


def test_our_own_namespaces_differ_in_nothing() -> None:
    assert through.different_namespaces(os.getpid()) == 0


def test_a_joined_namespace_may_be_our_own() -> None:
    joins = {"network": f"/proc/{os.getpid()}/ns/net", "ipc": "/nowhere", "uts": "/proc/self/ns/pid"}
    assert through.own_namespaces(joins) == {"network"}


def test_a_process_that_is_gone() -> None:
    with pytest.raises(ProcessLookupError):
        through.different_namespaces(2**22 + 5)
