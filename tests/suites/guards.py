"""Tests of advisories name the guard that they are about, so that it can be shown that they fail without it.

A guard is a piece of the source as it stands, and what would stand there without the guard. Where several guards back
each other up, a test names them all. ``tests/kernel/runtime/advisories/test_guards.py`` takes each test's guards out
of a copy of the source and runs the test there: it must fail, while an ordinary container must still run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


class Guard(NamedTuple):
    """``code`` stands exactly once in ``file`` (below src/hutch); ``without`` is the same place with no guard."""

    file: str
    code: str
    without: str

    def remove(self, tree: Path) -> None:
        """Take the guard out of the source in ``tree``. Raises AssertionError when it is not there (any more)."""
        path = tree / "src" / "hutch" / self.file
        text = path.read_text()
        assert text.count(self.code) == 1, f"the guard is not once in {self.file}: {self.code!r}"
        changed = text.replace(self.code, self.without)
        compile(changed, str(path), "exec")
        path.write_text(changed)


def guarded(*guards: Guard) -> Callable[[Test], Test]:
    """Say which guards a test is about."""

    def mark(test: Test) -> Test:
        test.guards = guards  # type: ignore[attr-defined]
        return test

    return mark


RESOLVED_IN_ROOT = Guard(
    "linux/paths.py",
    "            return openat2(self.fd, _relative(path), os.O_PATH | os.O_DIRECTORY)\n",
    '            where = f"/proc/self/fd/{self.fd}/{os.fsdecode(path)}"\n'
    "            os.makedirs(where, exist_ok=True)\n"
    "            return os.open(where, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)\n",
)
"""Mount targets are found by descriptors inside the root; without, by a path that the kernel follows anywhere."""

SEALED = Guard("runtime/sealed.py", "    if is_sealed():\n", "    if sys.argv:\n")
"""The interpreter runs on from a mount of itself that nobody can write to."""

IMPORTS_NOTHING = Guard(
    "runtime/steps/rootfs.py",
    '        os.chdir("/")\n        if self.propagation:\n',
    '        os.chdir("/")\n        try:\n            import fractions  # noqa\n'
    "        except ImportError:\n            pass\n"
    "        if self.propagation:\n",
)
"""Not a line but the absence of one: every module is loaded before the root changes."""

NOT_OVER_PROCFS = Guard("runtime/steps/mounts.py", "        refuse_procfs(target, self.destination, self.source)\n", "")
