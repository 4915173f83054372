import pytest

from hutch.model.errors import Invalid
from hutch.runtime.steps import scheduling


@pytest.mark.parametrize(("text", "numbers"), [("0", [0]), ("0-2,5", [0, 1, 2, 5]), ("3,1-1", [1, 3])])
def test_lists_of_processors(text: str, numbers: list[int]) -> None:
    assert scheduling.processors_of(text) == numbers


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "3-1", "0-99999", "0-9000", "1,,2"])
def test_wrong_lists_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="invalid CPU affinity"):
        scheduling.processors_of(text)


def test_a_scheduler_from_the_config() -> None:
    step = scheduling.SetScheduler.of({"policy": "SCHED_FIFO", "priority": 5, "flags": ["SCHED_FLAG_RESET_ON_FORK"]})
    assert step.describe() == "scheduler SCHED_FIFO, nice 0, priority 5"
    with pytest.raises(Invalid, match="invalid scheduler policy: SCHED_X"):
        scheduling.SetScheduler.of({"policy": "SCHED_X"})
    with pytest.raises(Invalid, match="invalid scheduler flag: Y"):
        scheduling.SetScheduler.of({"policy": "SCHED_RR", "flags": ["Y"]})


def test_an_io_priority_from_the_config() -> None:
    step = scheduling.SetIoPriority.of({"class": "IOPRIO_CLASS_IDLE"})
    assert step.describe() == "I/O priority IOPRIO_CLASS_IDLE 0"
    with pytest.raises(Invalid, match="invalid io priority: 8"):
        scheduling.SetIoPriority.of({"class": "IOPRIO_CLASS_BE", "priority": 8})
    with pytest.raises(Invalid, match="invalid io priority class"):
        scheduling.SetIoPriority.of({"class": "BEST"})
