"""Overlays made by the program ``fuse-overlayfs`` instead of the kernel's overlayfs (fuse(4), fuse-overlayfs(1)).

The mount is ours: made detached with a descriptor of ``/dev/fuse``, so that it appears in no mount table, and given to
the program as ``/dev/fd/3``, which libfuse takes instead of a mount point. The program runs where its caller runs,
outside of any container, and puts itself into the background. Nobody has to end it: when the last reference to the
mount goes (the container's mount namespace, or the descriptor), the kernel ends the connection and the program with
it. So it outlives the daemon and never its container. The caller must not attach the mount in the mount namespace that
the program shares: each would keep the other.
"""

from __future__ import annotations

import fcntl
import os

from hutch.linux import mount

KIND = "fuse.fuse-overlayfs"
"""How such a mount is called in mount tables, and in ``model.mount.Mount``."""
PROGRAMS = ("/usr/bin/fuse-overlayfs", "/usr/local/bin/fuse-overlayfs")
DEVICE = "/dev/fuse"
_OWN = ("lowerdir", "upperdir", "workdir")
_ALWAYS = ("fast_ino=1", "writeback=0")
"""Without the first, version 1.10 gathers the names of a hard link under one inode, and after a copy up of one of
them a fresh mount reads that one from the lower layer, with the size of the upper. Without the second, who reads a
file while another one writes it anew may read zeros: the kernel knows the new size before the program does."""
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_FILE = 3
"""The program's descriptor of the connection, after its three standard ones."""
_LONGEST = 4096


def program() -> str:
    """The path of the program. Raises OSError (ENOENT)."""
    for path in PROGRAMS:
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(2, "the program is not installed", "fuse-overlayfs")


def arguments(options: tuple[str, ...]) -> tuple[str, ...]:
    """What the program is told of the mount's options; the others are the kernel's. Pure."""
    own = [option for option in options if option.partition("=")[0] in _OWN]
    return ("-o", ",".join((*own, *_ALWAYS)), f"/dev/fd/{_FILE}")


def new_overlay(source: str, options: tuple[str, ...], attributes: int = 0) -> int:
    """A detached mount that is served until nobody has it any more. Raises OSError with what the program says."""
    path = program()
    connection = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
    try:
        kernel = (
            f"fd={connection}", "rootmode=40000", "user_id=0", "group_id=0", "subtype=fuse-overlayfs",
            "allow_other", "default_permissions",
        )  # fmt: skip
        fd = mount.configured("fuse", source, kernel, attributes)
        try:
            _serve([path, *arguments(options)], connection)
        except BaseException:
            os.close(fd)
            raise
    finally:
        os.close(connection)
    return fd


def _serve(argv: list[str], connection: int) -> None:
    """Start the program; returns when it has gone into the background, where it serves. Raises OSError."""
    files: list[int] = []
    try:
        said = os.memfd_create("fuse-overlayfs", os.MFD_CLOEXEC)
        files.append(said)
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        files.append(null)
        for fd in (null, said, said, connection):  # out of the way of the numbers they become
            files.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10))
        actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(files[2:])]
        pid = os.posix_spawn(argv[0], argv, _ENVIRONMENT, file_actions=actions)
        _, status = os.waitpid(pid, 0)
        if status:
            words = os.pread(said, _LONGEST, 0).decode("utf-8", "replace").strip().replace("\n", ", ")
            raise OSError(5, words or f"ended with status {os.waitstatus_to_exitcode(status)}", argv[0])
    finally:
        for fd in files:
            os.close(fd)
