import pytest

from hutch.runtime.step import StepFailed
from hutch.runtime.steps.namespaces import Hostname, JoinNamespace


def test_a_path_that_is_no_namespace_is_refused() -> None:
    with pytest.raises(StepFailed, match="/dev/null is not a namespace"):
        JoinNamespace("network", "/dev/null").enter()
    with pytest.raises(StepFailed, match="no such file"):
        JoinNamespace("network", "/no/such").enter()


def test_descriptions() -> None:
    assert Hostname("box").describe() == "host name box"
