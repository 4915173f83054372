"""The ways into an existing cgroup, and whether it is frozen: what a further process of a container needs to know.

Plain paths, found out once: to look at the hierarchies of the machine anew takes longer than to go in.
"""

from __future__ import annotations

import os

from hutch.runtime.cgroups.v1 import freezer as freezer1
from hutch.runtime.cgroups.v2 import freezer as freezer2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.runtime.cgroups.cgroup import Cgroup


class Entry:
    """``unified`` is the folder in the v2 hierarchy or "", ``tasks`` the files of the v1 ones, ``freezer`` the folder
    of the v1 freezer or ""."""

    __slots__ = ("freezer", "tasks", "unified")

    def __init__(self, unified: str = "", tasks: list[str] | None = None, freezer: str = "") -> None:
        self.unified = unified
        self.tasks = tasks or []
        self.freezer = freezer

    @classmethod
    def of(cls, cgroup: Cgroup | None) -> Entry:
        """The ways into ``cgroup``; None is our own cgroup, in which a process of ours is already."""
        if cgroup is None:
            return cls()
        return cls(cgroup.unified() or "", [f"{each}/tasks" for each in cgroup.v1_folders()],
                   cgroup.folder("freezer") or "")  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """For :meth:`from_json` of another process."""
        return {"unified": self.unified, "tasks": self.tasks, "freezer": self.freezer}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Entry:
        """What :meth:`to_json` gave."""
        return cls(value["unified"], value["tasks"], value["freezer"])

    def open_unified(self) -> int:
        """The folder for CLONE_INTO_CGROUP, or -1 without v2; the caller closes it. Raises OSError."""
        return os.open(self.unified, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) if self.unified else -1

    def enter(self) -> None:
        """Move the caller, which has one thread only, into the v1 cgroups (see :func:`~.cgroup.enter`).

        Raises OSError with the path.
        """
        for path in self.tasks:
            fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            os.write(fd, b"0")
            os.close(fd)

    def is_frozen(self) -> bool:
        """Whether whoever goes in stops at once."""
        try:
            if self.freezer:
                return freezer1.is_frozen(self.freezer)
            return bool(self.unified) and freezer2.is_frozen(self.unified)
        except FileNotFoundError:
            return False
