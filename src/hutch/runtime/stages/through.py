"""A child in existing pid and user namespaces: cloned by an intermediate process that joins them first.

A process's own pid namespace never changes; only its children start in the joined one (pid_namespaces(7)). The
intermediate joins, clones with CLONE_PARENT, so that the child is a child of ours, hands over its pidfd, and ends.
"""

from __future__ import annotations

import os

from hutch.linux import namespaces, process
from hutch.model.undo import suppress
from hutch.runtime.stages.channel import Closed, pair
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.step import StepFailed, strerror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def clone(join: Callable[[], None], flags: int, cgroup_fd: int = -1, early: bool = False) -> tuple[int, int]:
    """As ``clone3`` with ``flags``, in what ``join`` joins: (pid, pidfd), and (0, -1) in the child.

    ``early``: into the cgroup before joining, as whoever has joined a user namespace may not write to it any more.
    Raises SandboxFailed when joining or cloning failed.
    """
    ours, theirs = pair()
    helper, helper_fd = process.clone3(0, cgroup_fd=cgroup_fd if early else -1)
    if helper == 0:
        # Only the grandchild returns from here.
        ours.close()
        pid = -1
        try:
            process.set_dumpable(False)
            join()
            pid, pidfd = process.clone3(
                flags | process.CLONE_PARENT, exit_signal=0, cgroup_fd=-1 if early else cgroup_fd
            )
            if pid == 0:
                return 0, -1
            theirs.send({"event": "cloned"}, (pidfd,))
        except OSError as err:
            theirs.send({"event": "failed", "stage": "namespaces", "errno": err.errno or 0,
                         "message": f"joining namespaces: {err.filename or ''}: {strerror(err)}"})  # fmt: skip
        except StepFailed as err:
            theirs.send({"event": "failed", "stage": "namespaces", "errno": err.errno, "message": err.message})
        finally:
            if pid != 0:
                os._exit(0)
    theirs.close()
    try:
        message, fds, _ = ours.receive()
    except Closed:
        message, fds = {"message": "joining namespaces: the joining process died"}, []
    finally:
        ours.close()
        os.waitpid(helper, 0)
        os.close(helper_fd)
    if not fds:
        raise SandboxFailed.of(message)
    return process.pidfd_pid(fds[0]), fds[0]


def own_namespaces(joins: dict[str, str]) -> frozenset[str]:
    """The types among ``joins`` (type to path) whose path leads to a namespace that we are in ourselves."""
    found = set()
    for kind, path in joins.items():
        with suppress(OSError):  # what is not there fails when it is joined
            if os.path.samestat(os.stat(path), os.stat(f"/proc/self/ns/{namespaces.PROC_NAMES[kind]}")):
                found.add(kind)
    return frozenset(found)


def different_namespaces(pid: int) -> int:
    """The clone flags of the namespaces in which process ``pid`` is and we are not. Raises OSError."""
    flags = 0
    for kind, flag in namespaces.FLAGS.items():
        try:
            theirs = os.stat(namespaces.path(pid, kind)).st_ino
            ours = os.stat(f"/proc/self/ns/{namespaces.PROC_NAMES[kind]}").st_ino
        except FileNotFoundError:
            if not os.path.exists(f"/proc/{pid}"):
                raise ProcessLookupError(3, "no such process", str(pid)) from None
            continue
        if theirs != ours:
            flags |= flag
    return flags
