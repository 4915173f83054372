from hutch.runtime.step import strerror
from hutch.runtime.steps.masks import MaskPath, ReadonlyPath


def test_steps_are_equal_when_they_do_the_same() -> None:
    assert MaskPath("/proc/keys") == MaskPath("/proc/keys")
    assert MaskPath("/proc/keys") != MaskPath("/proc/kcore")
    assert MaskPath("/proc/keys") != ReadonlyPath("/proc/keys")
    assert len({MaskPath("/a"), MaskPath("/a")}) == 1


def test_errors_are_lower_case() -> None:
    assert strerror(OSError(2, "No such file or directory")) == "no such file or directory"
