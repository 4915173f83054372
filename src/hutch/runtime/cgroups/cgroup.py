"""A cgroup in every hierarchy of the machine at once: create, attach, limit, freeze, kill, account, remove."""

from __future__ import annotations

import errno
import os
import time

from hutch.model.errors import Invalid, System, Unsupported
from hutch.runtime.cgroups import oom, stats
from hutch.runtime.cgroups.layout import Hierarchy, Layout, detect
from hutch.runtime.cgroups.plan import plan
from hutch.runtime.cgroups.v1 import cpuset as cpuset1
from hutch.runtime.cgroups.v1 import freezer as freezer1
from hutch.runtime.cgroups.v2 import delegate
from hutch.runtime.cgroups.v2 import devices as devices2
from hutch.runtime.cgroups.v2 import freezer as freezer2
from hutch.runtime.cgroups.write import execute, put, read_or

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WANTED = ("cpuset", "cpu", "io", "memory", "pids", "hugetlb", "rdma", "misc")
_REMOVE_PATIENCE = 10.0
SIGKILL = 9  # the signal module would cost the launcher more than it gives


def checked_path(path: str) -> str:
    """``path`` with one leading slash, if it can name a cgroup. Raises Invalid."""
    parts = [p for p in path.split("/") if p]
    if not parts or "\0" in path or "\n" in path or any(p in (".", "..") or len(p.encode()) > 255 for p in parts):
        raise Invalid(f"invalid cgroup path {path!r}", hint="it needs plain names below the root of the hierarchy")
    return "/" + "/".join(parts)


def open_cgroup(path: str, layout: Layout | None = None) -> Cgroup:
    """The cgroup ``path`` of the OCI config (``linux.cgroupsPath``), which need not exist yet.

    An absolute path is taken from the mount point of each hierarchy, a relative one from our own cgroup. Raises
    Invalid for a path that is none, Unsupported when no hierarchy is mounted.
    """
    layout = layout or detect()
    if layout.kind == "none":
        raise Unsupported("no cgroup hierarchy is mounted", hint="mount cgroup2 on /sys/fs/cgroup")
    return Cgroup(path, layout)


class Cgroup:
    """One cgroup. Nothing is read or written before a method is called."""

    __slots__ = ("_folders", "_hierarchies", "layout", "path")

    def __init__(self, path: str, layout: Layout) -> None:
        self.path = path
        self.layout = layout
        clean = checked_path(path)
        relative = not path.startswith("/")
        self._hierarchies: list[tuple[Hierarchy, str]] = []
        self._folders: dict[str, str] = {}
        for hierarchy in [*layout.v1, *([layout.v2] if layout.v2 else [])]:
            below = hierarchy.own + clean if relative else clean
            self._hierarchies.append((hierarchy, below))
            for name in hierarchy.names:
                self._folders.setdefault(name, hierarchy.mount + below)

    def folder(self, controller: str) -> str | None:
        """The folder of this cgroup in the hierarchy that carries ``controller``; None when there is none."""
        return self._folders.get(controller)

    def folders(self) -> list[str]:
        """The folder of this cgroup in every hierarchy, v2 last."""
        return [hierarchy.mount + below for hierarchy, below in self._hierarchies]

    def v1_folders(self) -> list[str]:
        """The folder of this cgroup in every v1 hierarchy."""
        return [hierarchy.mount + below for hierarchy, below in self._hierarchies if hierarchy.version == 1]

    def unified(self) -> str | None:
        """The folder of this cgroup in the v2 hierarchy; None when v2 is not mounted."""
        v2 = self.layout.v2
        return None if v2 is None else self.folders()[-1]

    def exists(self) -> bool:
        """Whether the cgroup is there in any hierarchy."""
        return any(os.path.isdir(folder) for folder in self.folders())

    def create(self) -> None:
        """Make the cgroup in every hierarchy; what exists stays. v1 cpusets inherit from their parents, on v2 the
        controllers are passed down. On error nothing that was made stays. Raises System naming the folder."""
        made: list[str] = []
        try:
            for hierarchy, below in self._hierarchies:
                folder = hierarchy.mount + below
                existed = os.path.isdir(folder)
                if hierarchy.version == 2:
                    delegate.enable(hierarchy.mount, hierarchy.own, below, _WANTED)
                else:
                    os.makedirs(folder, 0o755, exist_ok=True)
                if not existed:
                    made.append(folder)
                if "cpuset" in hierarchy.names and hierarchy.version == 1:
                    cpuset1.inherit(hierarchy.mount, below)
        except OSError as e:
            _discard(made)
            raise System(f"cannot create cgroup {e.filename or self.path}: {(e.strerror or str(e)).lower()}") from e
        except System:
            _discard(made)
            raise

    def fd(self) -> int:
        """A folder fd of the v2 cgroup for CLONE_INTO_CGROUP (clone(2)); the caller closes it. Raises Unsupported
        where v2 is not mounted."""
        folder = self.unified()
        if folder is None:
            raise Unsupported("no cgroup2 hierarchy is mounted: a process cannot be cloned into a cgroup")
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def attach(self, pid: int, *, skip_unified: bool = False) -> None:
        """Move a process (with all its threads) into the cgroup of every hierarchy; ``skip_unified`` when it was
        cloned into the v2 one. Raises System naming the file."""
        for hierarchy, below in self._hierarchies:
            if skip_unified and hierarchy.version == 2:
                continue
            file = f"{hierarchy.mount}{below}/cgroup.procs"
            try:
                put(file, str(pid))
            except OSError as e:
                raise System(f"cannot write '{pid}' to {file}: {(e.strerror or str(e)).lower()}") from e

    def doors(self) -> list[int]:
        """Descriptors by which a child of ours goes into the cgroup of every v1 hierarchy, with :func:`enter`.

        Raises OSError with the path.
        """
        fds: list[int] = []
        try:
            for folder in self.v1_folders():
                fds.append(os.open(f"{folder}/tasks", os.O_WRONLY | os.O_CLOEXEC))
        except OSError:
            for fd in fds:
                os.close(fd)
            raise
        return fds

    def apply(self, resources: dict[str, Any]) -> None:
        """Put ``linux.resources`` of an OCI config in force. Raises Invalid, Unsupported, or System naming the file
        and the value."""
        writes = plan(resources, self.layout)
        self._check_before_update(resources)
        execute(writes, self._folders)
        unified = self.unified()
        if unified is not None and self.layout.version_of("devices") == 2:
            devices2.apply(unified, resources)

    def _check_before_update(self, resources: dict[str, Any]) -> None:
        memory = resources.get("memory") or {}
        limit, folder = memory.get("limit") or 0, self.folder("memory")
        if not memory.get("checkBeforeUpdate") or limit <= 0 or folder is None:
            return
        file = "memory.usage_in_bytes" if self.layout.version_of("memory") == 1 else "memory.current"
        usage = int(read_or(f"{folder}/{file}", "0"))
        if usage > limit:
            raise Invalid(f"rejecting memory limit {limit} <= usage {usage}")

    def freeze(self) -> None:
        """Stop all processes and wait until they rest. Raises System."""
        self._freezer("freeze")

    def thaw(self) -> None:
        """Let all processes go on. Raises System."""
        self._freezer("thaw")

    def is_frozen(self) -> bool:
        """Whether the cgroup is frozen; False where nothing can freeze."""
        folder = self.folder("freezer")
        try:
            if folder is not None:
                return freezer1.is_frozen(folder)
            unified = self.unified()
            return unified is not None and freezer2.is_frozen(unified)
        except FileNotFoundError:
            return False

    def _freezer(self, verb: str) -> None:
        folder, unified = self.folder("freezer"), self.unified()
        try:
            if folder is not None:
                (freezer1.freeze if verb == "freeze" else freezer1.thaw)(folder)
            elif unified is not None:
                (freezer2.freeze if verb == "freeze" else freezer2.thaw)(unified)
            else:
                raise Unsupported(f"cannot {verb}: the freezer controller is not mounted")
        except OSError as e:
            raise System(f"cannot {verb} {e.filename}: {(e.strerror or str(e)).lower()}") from e

    def pids(self) -> list[int]:
        """The processes in the cgroup and below it, as the caller's pid namespace numbers them."""
        found: set[int] = set()
        folder = self.unified() if not self.layout.v1 else self.folders()[0]
        # On v1 a process may have been attached to some hierarchies only; the first of ours is as good as another.
        for below in _walk(folder or ""):
            found.update(int(pid) for pid in read_or(f"{below}/cgroup.procs", "").split())
        found.discard(0)
        return sorted(found)

    def kill_all(self, signal: int = SIGKILL) -> int:
        """Send ``signal`` to every process in the cgroup and below; how many were met.

        SIGKILL uses ``cgroup.kill`` where it is; otherwise the cgroup is frozen meanwhile so that forks cannot escape.
        """
        pids = self.pids()
        unified = self.unified()
        if signal == SIGKILL and unified is not None and not self.layout.v1:
            try:
                put(f"{unified}/cgroup.kill", "1")
            except FileNotFoundError:  # kernel before 5.14, or the cgroup is gone
                pass
            else:
                return len(pids)
        if not pids:
            return 0
        frozen = self._try_freeze()
        met: set[int] = set()
        try:
            while fresh := [p for p in self.pids() if p not in met]:
                met.update(fresh)
                for pid in fresh:
                    try:
                        os.kill(pid, signal)
                    except ProcessLookupError:
                        continue
                if frozen or signal != SIGKILL:
                    break
        finally:
            if frozen:
                self.thaw()
        return len(met)

    def _try_freeze(self) -> bool:
        if self.is_frozen():
            return True
        try:
            self.freeze()
        except (System, Unsupported):
            return False
        return True

    def stats(self) -> dict[str, Any]:
        """The accounting of this cgroup as ``GET /containers/ID/stats`` shapes it: ``pids_stats``, ``cpu_stats``,
        ``memory_stats``, ``blkio_stats`` (times in ns, sizes in bytes)."""
        return stats.collect(self._folders, self.unified(), self.layout)

    def report(self) -> dict[str, Any]:
        """The same accounting, and more of it, as ``runc events`` shapes it."""
        from hutch.runtime.cgroups import report

        return report.collect(self._folders, self.unified(), self.layout)

    def oom_count(self) -> int:
        """How many processes of the cgroup the OOM killer has killed."""
        folder = self.folder("memory")
        return 0 if folder is None else oom.count(folder, self.layout.version_of("memory"))

    def watch_oom(self) -> oom.Watch:
        """Something to poll that becomes readable at an out-of-memory event. Raises Unsupported without memory
        controller, OSError with the path."""
        folder = self.folder("memory")
        if folder is None:
            raise Unsupported("cannot watch for out-of-memory events: the memory controller is not mounted")
        return oom.Watch(folder, self.layout.version_of("memory"))

    def remove(self) -> None:
        """Remove the cgroup and all cgroups below it; what is gone already is fine.

        A cgroup whose last process has just died is busy until the kernel has taken that one's mounts apart, which
        takes seconds where many do that at once: therefore retries. Raises System naming the folder that stays busy.
        """
        left, wait, end = list(self.folders()), 0.001, time.monotonic() + _REMOVE_PATIENCE
        while True:
            busy = None
            for folder in tuple(left):
                try:
                    _remove_tree(folder)
                    left.remove(folder)
                except OSError as e:
                    busy = e
            if busy is None:
                return
            if busy.errno != errno.EBUSY or time.monotonic() > end:
                raise System(f"cannot remove cgroup {busy.filename}: {(busy.strerror or str(busy)).lower()}") from busy
            time.sleep(wait)
            wait = min(2 * wait, 0.03)


def enter(doors: list[int]) -> None:
    """Move the caller, which has one thread only, into the cgroups behind ``doors``.

    A thread that moves itself by "0" into ``tasks`` needs no lock against forks and exits, whereas whoever moves a
    process by its number waits for an RCU grace period: 0.1 ms instead of 5 to 15. Raises OSError.
    """
    for fd in doors:
        os.write(fd, b"0")


def _walk(folder: str) -> list[str]:
    """The cgroup and the cgroups below it, parents first."""
    found = [folder]
    for parent in found:
        try:
            with os.scandir(parent) as entries:
                found += [e.path for e in entries if e.is_dir(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            continue
    return found


def _remove_tree(folder: str) -> None:
    for path in reversed(_walk(folder)):
        try:
            os.rmdir(path)
        except FileNotFoundError:
            continue


def _discard(made: list[str]) -> None:
    for folder in reversed(made):
        try:
            os.rmdir(folder)
        except OSError:
            continue  # the first error is the one to report
