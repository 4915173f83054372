"""Steps on when a process gets its turn: scheduler, I/O priority, processors."""

from __future__ import annotations

import os

from hutch.linux import scheduling
from hutch.model.errors import Invalid
from hutch.runtime.step import Inside, Step, StepFailed, strerror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_PROCESSORS = 8192


class SetScheduler(Step):
    """Scheduling policy and parameters; while still privileged, as most need CAP_SYS_NICE."""

    __slots__ = ("deadline", "flags", "nice", "period", "policy", "priority", "runtime")
    stage = "scheduler"
    reference = "sched_setattr(2)"

    def __init__(
        self, policy: str, flags: tuple[str, ...], nice: int, priority: int, runtime: int, deadline: int, period: int
    ) -> None:
        self.policy = policy
        self.flags = flags
        self.nice = nice
        self.priority = priority
        self.runtime = runtime
        self.deadline = deadline
        self.period = period

    @classmethod
    def of(cls, value: dict[str, Any]) -> SetScheduler:
        """From the config's ``process.scheduler``. Raises Invalid for unknown names."""
        policy = str(value.get("policy") or "")
        flags = tuple(str(flag) for flag in value.get("flags") or ())
        if policy not in scheduling.POLICIES:
            raise Invalid(f"invalid scheduler policy: {policy}")
        for flag in flags:
            if flag not in scheduling.FLAGS:
                raise Invalid(f"invalid scheduler flag: {flag}")
        numbers = (int(value.get(key) or 0) for key in ("nice", "priority", "runtime", "deadline", "period"))
        return cls(policy, flags, *numbers)

    def describe(self) -> str:
        return f"scheduler {self.policy}, nice {self.nice}, priority {self.priority}"

    def execute(self, inside: Inside) -> None:
        flags = 0
        for flag in self.flags:
            flags |= scheduling.FLAGS[flag]
        times = (self.runtime, self.deadline, self.period)
        try:
            scheduling.set_scheduler(scheduling.POLICIES[self.policy], flags, self.nice, self.priority, *times)
        except OSError as err:
            raise StepFailed(f"error setting scheduler: {strerror(err)}", err.errno or 0) from err


class SetIoPriority(Step):
    """Class and level of the process's I/O."""

    __slots__ = ("kind", "level")
    stage = "io priority"
    reference = "ioprio_set(2)"

    def __init__(self, kind: str, level: int) -> None:
        self.kind = kind
        self.level = level

    @classmethod
    def of(cls, value: dict[str, Any]) -> SetIoPriority:
        """From the config's ``process.ioPriority``. Raises Invalid."""
        kind, level = str(value.get("class") or ""), int(value.get("priority") or 0)
        if kind not in scheduling.IO_CLASSES:
            raise Invalid(f"invalid io priority class: {kind}")
        if not 0 <= level <= 7:
            raise Invalid(f"invalid io priority: {level}: it goes from 0 to 7")
        return cls(kind, level)

    def describe(self) -> str:
        return f"I/O priority {self.kind} {self.level}"

    def execute(self, inside: Inside) -> None:
        try:
            scheduling.set_io_priority(scheduling.IO_CLASSES[self.kind], self.level)
        except OSError as err:
            raise StepFailed(f"failed to set io priority: {strerror(err)}", err.errno or 0) from err


class SetAffinity(Step):
    """The processors a further process may run on."""

    __slots__ = ("processors",)
    stage = "cpu affinity"
    reference = "sched_setaffinity(2)"

    def __init__(self, processors: str) -> None:
        self.processors = processors

    def describe(self) -> str:
        return f"run on processors {self.processors}"

    def execute(self, inside: Inside) -> None:
        try:
            os.sched_setaffinity(0, processors_of(self.processors))
        except OSError as err:
            raise StepFailed(f"error setting cpu affinity {self.processors}: {strerror(err)}", err.errno or 0) from err


def processors_of(text: str) -> list[int]:
    """The numbers in a list such as "0-3,7" (cpuset(7), List format). Raises Invalid."""
    numbers: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()) or len(first) > 5 or len(last) > 5:
            raise Invalid(f"invalid CPU affinity {text!r}")
        low, high = int(first), int(last or first)
        if low > high or high >= _MOST_PROCESSORS:
            raise Invalid(f"invalid CPU affinity {text!r}")
        numbers.update(range(low, high + 1))
    return sorted(numbers)
