"""The modules that most commands need, compiled and in one file: a command looks for each of them in vain no longer.

Of the time in which a command imports what it needs, four fifths go into looking: folders are listed, each module's
file is found, opened, and asked for its age, and the interpreter's own bookkeeping is written in Python. The file is
kept beside the other compiled ones (``__pycache__/startup.TAG.bin``), is made after the first command that could write
it there, and is nothing that must exist. As with those, a module whose source is not the one that was compiled (by its
time and size) is not taken from it, and then it is made anew.

``bin/hutch`` reads the file and executes the first half of it, which is this module.
"""

from __future__ import annotations

import marshal
import posix
import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery takes long to import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    Entry = tuple[str, int, int, bytes]
    """Source relative to the folder of the package, its time (seconds) and size (bytes), and the compiled code."""

COMMON = (
    "hutch",
    "hutch.cli",
    "hutch.cli.address",
    "hutch.cli.client",
    "hutch.cli.command",
    "hutch.cli.commands",
    "hutch.cli.commands.create",
    "hutch.cli.commands.exec",
    "hutch.cli.commands.inspect",
    "hutch.cli.commands.life",
    "hutch.cli.commands.logs",
    "hutch.cli.commands.ps",
    "hutch.cli.commands.rm",
    "hutch.cli.commands.run",
    "hutch.cli.commands.start",
    "hutch.cli.container",
    "hutch.cli.container.body",
    "hutch.cli.container.creation",
    "hutch.cli.container.environment",
    "hutch.cli.container.following",
    "hutch.cli.container.limits",
    "hutch.cli.container.mounts",
    "hutch.cli.container.options",
    "hutch.cli.container.rows",
    "hutch.cli.container.values",
    "hutch.cli.each",
    "hutch.cli.errors",
    "hutch.cli.flags",
    "hutch.cli.frames",
    "hutch.cli.inspection",
    "hutch.cli.listing",
    "hutch.cli.main",
    "hutch.cli.moments",
    "hutch.cli.plain",
    "hutch.cli.platforms",
    "hutch.cli.preferences",
    "hutch.cli.session",
    "hutch.cli.table",
    "hutch.cli.terminal",
    "hutch.cli.variables",
    "hutch.cli.wire",
    "hutch.model",
    "hutch.model.duration",
    "hutch.model.errors",
    "hutch.model.json_text",
)
"""What is in the file; a test compares it with what the everyday commands import."""


class Archive:
    """A finder and loader of modules (importlib.abc.MetaPathFinder, Loader). ``stale``: an entry had another source."""

    def __init__(self, place: str, entries: dict[str, Entry]) -> None:
        self._place = place
        self._entries = entries
        self.stale = False

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """The module if it is here and as its source is now."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        source = f"{self._place}/{entry[0]}"
        try:
            found = posix.stat(source)
        except OSError:
            found = None
        if found is None or int(found[8]) != entry[1] or found[6] != entry[2]:
            self.stale = True
            return None
        spec = ModuleSpec(name, self, origin=source)  # type: ignore[arg-type]  # no importlib.abc.Loader by name
        if source.endswith("/__init__.py"):
            spec.submodule_search_locations = [source[:-12]]
        return spec

    def create_module(self, _spec: ModuleSpec) -> ModuleType | None:
        """None: an ordinary one."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module by executing its code."""
        spec = module.__spec__
        module.__file__ = spec.origin if spec is not None else None
        exec(marshal.loads(self._entries[module.__name__][3]), module.__dict__)


def path(place: str) -> str:
    """Where the file is for the package in folder ``place`` and this interpreter."""
    return f"{place}/hutch/cli/__pycache__/startup.{sys.implementation.cache_tag}.bin"


def use(place: str, entries: dict[str, Entry]) -> Archive:
    """Have modules imported from what the file has."""
    archive = Archive(place, entries)
    sys.meta_path.insert(0, archive)
    return archive


def write(place: str) -> bool:
    """Make the file anew for the package in folder ``place``; False if that cannot be.

    Without it everything works, only more slowly: nothing is raised.
    """
    import contextlib

    target = path(place)
    if not posix.access(target.rpartition("/")[0], posix.W_OK):
        return False
    temporary = f"{target}.{posix.getpid()}"
    try:
        data = marshal.dumps(
            (_compiled(place, "hutch.cli.startup")[3], {name: _compiled(place, name) for name in COMMON})
        )
        with open(temporary, "xb") as file:
            file.write(data)
        posix.rename(temporary, target)
    except OSError:
        with contextlib.suppress(OSError):
            posix.unlink(temporary)
        return False
    return True


def _compiled(place: str, name: str) -> Entry:
    source = name.replace(".", "/") + ".py"
    try:
        found = posix.stat(f"{place}/{source}")
    except FileNotFoundError:
        source = name.replace(".", "/") + "/__init__.py"
        found = posix.stat(f"{place}/{source}")
    with open(f"{place}/{source}", "rb") as file:
        code = compile(file.read(), f"{place}/{source}", "exec", dont_inherit=True)
    return source, int(found[8]), found[6], marshal.dumps(code)
