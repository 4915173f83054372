"""The step that says on which nodes of the machine the process gets its memory."""

from __future__ import annotations

from hutch.linux import numa
from hutch.model.errors import Invalid
from hutch.runtime.step import Inside, Step, StepFailed, strerror
from hutch.runtime.steps import scheduling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SetMemoryPolicy(Step):
    """``linux.memoryPolicy`` (runtime-spec, config-linux.md)."""

    __slots__ = ("flags", "mode", "nodes")
    stage = "memory policy"
    reference = "set_mempolicy(2)"

    def __init__(self, mode: str, flags: tuple[str, ...], nodes: str) -> None:
        self.mode = mode
        self.flags = flags
        self.nodes = nodes

    @classmethod
    def of(cls, value: dict[str, Any]) -> SetMemoryPolicy:
        """From the config's ``linux.memoryPolicy``. Raises Invalid for unknown names and lists that are none."""
        mode, nodes = str(value.get("mode") or ""), str(value.get("nodes") or "")
        flags = tuple(str(flag) for flag in value.get("flags") or ())
        if mode not in numa.MODES:
            raise Invalid(f"invalid memory policy mode: {mode}")
        for flag in flags:
            if flag not in numa.FLAGS:
                raise Invalid(f"invalid memory policy flag: {flag}")
        if nodes:
            scheduling.processors_of(nodes)
        return cls(mode, flags, nodes)

    def describe(self) -> str:
        return f"memory policy {' '.join((self.mode, *self.flags))}" + (f" of nodes {self.nodes}" if self.nodes else "")

    def execute(self, inside: Inside) -> None:
        mode = numa.MODES[self.mode]
        for flag in self.flags:
            mode |= numa.FLAGS[flag]
        try:
            numa.set_memory_policy(mode, scheduling.processors_of(self.nodes) if self.nodes else [])
        except OSError as err:
            raise StepFailed(f"failed to set memory policy: {strerror(err)}", err.errno or 0) from err
