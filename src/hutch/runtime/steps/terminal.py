"""Steps on standard streams: a session, the terminal, or the pipes the parent passed."""

from __future__ import annotations

import fcntl
import os
import stat

from hutch.linux import mount, paths, pty
from hutch.runtime.step import Inside, Step, StepFailed, strerror


class NewSession(Step):
    """A session of our own, so that a terminal can be ours and signals of the caller's do not reach us."""

    __slots__ = ()
    stage = "session"
    reference = "setsid(2)"

    def describe(self) -> str:
        return "new session"

    def execute(self, inside: Inside) -> None:
        try:
            os.setsid()
        except PermissionError:
            if os.getsid(0) != os.getpid():
                raise


class OpenTerminal(Step):
    """A pseudo terminal of the container's own devpts as standard streams and, in a new container, /dev/console.

    The console is a bind of the opened slave itself, whose name in /dev/pts is never looked up, and is bound over no
    link (CVE-2025-52565).
    """

    __slots__ = ("console", "height", "width")
    stage = "terminal"
    reference = "pty(7), ioctl_tty(2) TIOCGPTPEER"

    def __init__(self, height: int, width: int, console: bool) -> None:
        self.height = height
        self.width = width
        self.console = console

    def describe(self) -> str:
        size = f" of {self.width}x{self.height}" if self.width and self.height else ""
        return f"terminal{size} from the container's devpts" + (", bound to /dev/console" if self.console else "")

    def execute(self, inside: Inside) -> None:
        try:
            devpts = inside.root.open("/dev/pts", os.O_RDONLY | os.O_DIRECTORY)
            try:
                if mount.filesystem_magic(devpts) != mount.DEVPTS_SUPER_MAGIC:
                    raise StepFailed("open terminal: /dev/pts of the container is not a devpts file system")
                master, slave = pty.open_in(devpts)
            finally:
                os.close(devpts)
            if self.height or self.width:
                pty.set_size(slave, self.height, self.width)
            if self.console:
                self._bind_console(inside, slave)
        except OSError as err:
            raise StepFailed(f"open terminal: {strerror(err)}", err.errno or 0) from err
        inside.console = (master, slave)
        for number in (0, 1, 2):
            os.dup2(slave, number)
        pty.make_controlling(0)

    def _bind_console(self, inside: Inside, slave: int) -> None:
        target = inside.root.touch("/dev/console", 0o600, follow=False)
        copy = mount.clone_tree(slave)
        try:
            mount.move_mount(copy, target, "/dev/console")
        finally:
            os.close(copy)
            os.close(target)


class TakeStreams(Step):
    """The three descriptors from the parent become standard input, output and error.

    Where one is the null device, the container's own takes its place: the host's, reached through /proc/self/fd,
    could be given another mode or owner (runc does the same, "reOpenDevNull").
    """

    __slots__ = ()
    stage = "streams"
    reference = "dup2(2), null(4)"

    def describe(self) -> str:
        return "take standard input, output and error from the parent, /dev/null from the container"

    def execute(self, inside: Inside) -> None:
        # Away from 0..2 first, else one dup2 could overwrite the source of the next.
        moved = [_above(fd) for fd in inside.stdio]
        for number, fd in enumerate(moved):
            own = own_null(inside.root) if is_null(fd) else -1
            if own < 0 and number == 0 and is_null(fd):
                own = _nothing_to_read()
            os.dup2(fd if own < 0 else own, number)
            for each in (fd, own):
                if each >= 0:
                    os.close(each)
        inside.stdio = []


def is_null(fd: int) -> bool:
    """Whether the descriptor is of a null device, whosever."""
    status = os.fstat(fd)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(1, 3)


def own_null(root: paths.Root) -> int:
    """The null device of the container at ``root``, open for reading and writing; -1 when it has none.

    What an image has in its place is opened like any program in the container could open it, without waiting.
    """
    try:
        fd = root.open("/dev/null", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return -1
    if not is_null(fd):
        os.close(fd)
        return -1
    os.set_blocking(fd, True)
    return fd


def _nothing_to_read() -> int:
    """The reading end of a pipe that nobody writes to."""
    read, write = os.pipe2(os.O_CLOEXEC)
    os.close(write)
    return read


def _above(fd: int) -> int:
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    if fd > 2:
        os.close(fd)
    return copy


class OwnStreams(Step):
    """Give standard streams to the container's user, so that it may reopen them (/dev/stdout)."""

    __slots__ = ("uid",)
    stage = "streams"
    reference = "fchown(2)"

    def __init__(self, uid: int) -> None:
        self.uid = uid

    def describe(self) -> str:
        return f"standard streams belong to uid {self.uid}"

    def execute(self, inside: Inside) -> None:
        for number in (0, 1, 2):
            try:
                status = os.fstat(number)
            except OSError:
                continue
            if is_null(number) or status.st_uid == self.uid:
                continue
            try:
                os.fchown(number, self.uid, -1)
            except OSError as err:
                # EINVAL: the owner has no number in this user namespace; EPERM, EROFS: not ours to give.
                if err.errno not in (1, 22, 30):
                    raise
