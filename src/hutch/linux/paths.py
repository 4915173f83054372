"""Paths inside a root that somebody else may control, and may be changing meanwhile.

A path in a container's file system is never joined to a host path and handed to the kernel: a symbolic link planted
at any moment would lead out. Every name is resolved by ``openat2(2)`` with ``RESOLVE_IN_ROOT`` (``..`` and absolute
links stay inside, as after a chroot) and ``RESOLVE_NO_MAGICLINKS`` (no ``/proc/PID/fd`` jumps), and what comes back
is a file descriptor; from then on only the descriptor is used.

Paths are ``str`` or ``bytes`` as the caller has them, relative to the root whether they begin with a slash or not.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat as _stat

from hutch.linux import libc
from hutch.model.undo import suppress

RESOLVE_NO_XDEV = 0x01
RESOLVE_NO_MAGICLINKS = 0x02
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_BENEATH = 0x08
RESOLVE_IN_ROOT = 0x10

_SYS_OPENAT2 = 437
_SYS_FCHMODAT2 = 452
_IN_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
BENEATH = RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH
"""A path that leads out of its folder is an error (EXDEV)."""
_RETRIES = 128  # openat2(2) gives EAGAIN when a rename raced with ".."; a loop of renames must not hold us for ever
_LINKS = 40  # as the kernel's own MAXSYMLINKS
_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_AT_EMPTY_PATH = 0x1000

_How = ctypes.c_uint64 * 3

Path = str | bytes


def openat2(dir_fd: int, path: Path, flags: int, mode: int = 0, resolve: int = _IN_ROOT) -> int:
    """``openat2(2)``, always close-on-exec, repeated while the kernel says EAGAIN. Raises OSError naming ``path``."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise OSError(errno.EINVAL, "path contains a null byte", path)
    how = _How(flags | os.O_CLOEXEC, mode, resolve)
    for _ in range(_RETRIES):
        try:
            return libc.syscall(_SYS_OPENAT2, dir_fd, name, how, ctypes.sizeof(how), what=os.fsdecode(name))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR):
                raise
    raise OSError(errno.EAGAIN, "path keeps changing while it is resolved", path)


class Root:
    """A directory that is "/" for the paths given to it. Owns its descriptor; a context manager."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def at(cls, path: Path) -> Root:
        """The root at a host path that is ours (its own components are trusted)."""
        return cls(os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))

    def close(self) -> None:
        """Close the descriptor; once is enough, twice is harmless."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Root:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, path: Path, flags: int, mode: int = 0) -> int:
        """Open ``path``; symbolic links are followed inside the root (add ``O_NOFOLLOW`` to refuse one at the end).

        ``mode`` may only be given with ``O_CREAT`` or ``O_TMPFILE``. Raises OSError.
        """
        return openat2(self.fd, _relative(path), flags, mode)

    def resolve(self, path: Path, *, follow: bool = True) -> int:
        """An ``O_PATH`` descriptor of what ``path`` names, or of the last link itself without ``follow``."""
        return openat2(self.fd, _relative(path), os.O_PATH if follow else os.O_PATH | os.O_NOFOLLOW)

    def parent(self, path: Path) -> tuple[int, bytes]:
        """``O_PATH`` descriptor of the directory that holds ``path``, and the last name. The directory must exist.

        Raises OSError EINVAL when the last name is empty, ``.`` or ``..``.
        """
        folder, name = split(path)
        return openat2(self.fd, folder or b".", os.O_PATH | os.O_DIRECTORY), name

    def stat(self, path: Path, *, follow: bool = True) -> os.stat_result:
        """The status of ``path``. Raises OSError."""
        fd = self.resolve(path, follow=follow)
        try:
            return os.fstat(fd)
        finally:
            os.close(fd)

    def exists(self, path: Path, *, follow: bool = True) -> bool:
        """Whether ``path`` names something. A parent that is no directory, or a loop of links, counts as no."""
        try:
            self.stat(path, follow=follow)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                return False
            raise
        return True

    def readlink(self, path: Path) -> bytes:
        """The target of the symbolic link ``path``. Raises OSError EINVAL if it is no link."""
        fd, name = self.parent(path)
        try:
            return os.readlink(name, dir_fd=fd)
        finally:
            os.close(fd)

    def listdir(self, path: Path) -> list[str]:
        """The names in the directory ``path``, in no order."""
        fd = self.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return os.listdir(fd)
        finally:
            os.close(fd)

    def mkdirs(self, path: Path, mode: int = 0o755, uid: int = 0, gid: int = 0) -> int:
        """``O_PATH`` descriptor of the directory ``path``, made with all its parents where they are missing.

        Links are followed inside the root, dangling ones too: with ``/var/run -> /run`` and no ``/run``, the folder
        is made at ``/run``. ``mode`` (not reduced by the umask) and owner are for what is newly made. Raises OSError.
        """
        try:
            return openat2(self.fd, _relative(path), os.O_PATH | os.O_DIRECTORY)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
        return self._walk(path, mode, uid, gid)

    def _walk(self, path: Path, mode: int, uid: int, gid: int) -> int:
        """Go component by component, one directory descriptor each, so that ``..`` is our own stack's, not the
        file system's: a directory moved meanwhile cannot carry us above the root."""
        pending = [c for c in reversed(os.fsencode(path).split(b"/")) if c not in (b"", b".")]
        stack = [os.open(b".", _DIRECTORY, dir_fd=self.fd)]
        links = 0
        try:
            while pending:
                name = pending.pop()
                if name == b"..":
                    if len(stack) > 1:
                        os.close(stack.pop())
                    continue
                try:
                    stack.append(_enter(stack[-1], name, mode, uid, gid))
                    continue
                except OSError as error:
                    # O_DIRECTORY|O_NOFOLLOW on a link says ENOTDIR; EXDEV and friends are not ours to hide.
                    if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                        raise
                target = _link(stack[-1], name, path)
                links += 1
                if links > _LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                if target.startswith(b"/"):
                    while len(stack) > 1:
                        os.close(stack.pop())
                pending.extend(c for c in reversed(target.split(b"/")) if c not in (b"", b"."))
            return os.dup(stack[-1])
        finally:
            for fd in stack:
                os.close(fd)

    def mkparents(self, path: Path, mode: int = 0o755, uid: int = 0, gid: int = 0) -> tuple[int, bytes]:
        """As :meth:`parent`, making the missing directories as :meth:`mkdirs` does."""
        folder, name = split(path)
        return self.mkdirs(folder or b".", mode, uid, gid), name

    def touch(self, path: Path, mode: int = 0o644, *, follow: bool = True) -> int:
        """``O_PATH`` descriptor of ``path``; an empty regular file, with its parents, is made if nothing is there.

        What bind mount targets need. A link at the end is followed inside the root, a dangling one is created through;
        without ``follow`` a link is refused (ELOOP). Raises OSError.
        """
        if not follow:
            return self._touch_here(path, mode)
        try:
            return self.resolve(path)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
        fd, name = self.mkparents(path)
        try:
            made = openat2(fd, name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)
        except FileExistsError:
            # A dangling link: the file is wanted where it points, which the kernel works out inside the root.
            target = _link(fd, name, path)
            where = target if target.startswith(b"/") else (split(path)[0] or b".") + b"/" + target
            os.close(self.mkparents(where)[0])
            made = self.open(path, os.O_CREAT | os.O_WRONLY, mode)
        finally:
            os.close(fd)
        os.close(made)
        return self.resolve(path)

    def _touch_here(self, path: Path, mode: int) -> int:
        fd, name = self.mkparents(path)
        try:
            with suppress(FileExistsError):
                os.close(openat2(fd, name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode))
            node = openat2(fd, name, os.O_PATH | os.O_NOFOLLOW)
        finally:
            os.close(fd)
        if _stat.S_ISLNK(os.fstat(node).st_mode):
            os.close(node)
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        return node

    def mknod(self, path: Path, mode: int, device: int = 0, uid: int = 0, gid: int = 0) -> None:
        """Make a node (``mode`` with its ``S_IF...`` bits) in an existing directory. Raises OSError EEXIST."""
        fd, name = self.parent(path)
        try:
            os.mknod(name, mode, device, dir_fd=fd)
            _own(fd, name, mode, uid, gid)
        finally:
            os.close(fd)

    def symlink(self, target: Path, path: Path) -> None:
        """Make the symbolic link ``path`` in an existing directory; ``target`` is stored as it is. Raises OSError."""
        fd, name = self.parent(path)
        try:
            os.symlink(os.fsencode(target), name, dir_fd=fd)
        finally:
            os.close(fd)

    def unlink(self, path: Path) -> None:
        """Remove the non-directory ``path`` itself. Raises OSError."""
        fd, name = self.parent(path)
        try:
            os.unlink(name, dir_fd=fd)
        finally:
            os.close(fd)

    def rmdir(self, path: Path) -> None:
        """Remove the empty directory ``path``. Raises OSError."""
        fd, name = self.parent(path)
        try:
            os.rmdir(name, dir_fd=fd)
        finally:
            os.close(fd)


def split(path: Path) -> tuple[bytes, bytes]:
    """(parent, last name) of ``path``, relative to a root; the parent of a top name is empty. Raises OSError EINVAL
    for a last name that is empty, ``.`` or ``..``."""
    folder, _, name = os.fsencode(path).rstrip(b"/").rpartition(b"/")
    if name in (b"", b".", b".."):
        raise OSError(errno.EINVAL, "path does not end in a name", path)
    return folder.lstrip(b"/") or (b"" if not folder else b"."), name


def _relative(path: Path) -> bytes:
    """``path`` as openat2 wants it: RESOLVE_IN_ROOT scopes absolute paths too, only the empty one is no path."""
    return os.fsencode(path) or b"."


def _enter(fd: int, name: bytes, mode: int, uid: int, gid: int) -> int:
    """The directory ``name`` in ``fd``, made if missing; ENOTDIR or ELOOP if something else, or a link, is there."""
    try:
        return os.open(name, _DIRECTORY, dir_fd=fd)
    except FileNotFoundError:
        pass
    try:
        os.mkdir(name, mode, dir_fd=fd)
    except FileExistsError:
        return os.open(name, _DIRECTORY, dir_fd=fd)
    _own(fd, name, _stat.S_IFDIR | mode, uid, gid)
    return os.open(name, _DIRECTORY, dir_fd=fd)


def _own(fd: int, name: bytes, mode: int, uid: int, gid: int) -> None:
    """Owner and full mode of what was just made; through a descriptor, so that a swapped name is not followed."""
    node = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    try:
        status = os.fstat(node)
        if _stat.S_IFMT(status.st_mode) != _stat.S_IFMT(mode):
            raise OSError(errno.EEXIST, "replaced while it was made", os.fsdecode(name))
        if (status.st_uid, status.st_gid) != (uid, gid):
            libc.check(libc.held.fchownat(node, b"", uid, gid, _AT_EMPTY_PATH), os.fsdecode(name))
        if _stat.S_IMODE(status.st_mode) != _stat.S_IMODE(mode):
            chmod(node, _stat.S_IMODE(mode), name)
    finally:
        os.close(node)


def chmod(fd: int, mode: int, what: Path = "") -> None:
    """Set the mode of what the (``O_PATH``) descriptor ``fd`` is open on. Raises OSError naming ``what``.

    ``fchmodat2(2)`` since Linux 6.6; before, only the magic link in /proc can do it, which needs the host's /proc.
    """
    try:
        libc.syscall(_SYS_FCHMODAT2, fd, b"", mode, _AT_EMPTY_PATH, what=os.fsdecode(what))
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM):
            raise
        os.chmod(f"/proc/self/fd/{fd}", mode)


def _link(fd: int, name: bytes, path: Path) -> bytes:
    """The target of the link ``name`` in ``fd``; ENOTDIR about ``path`` if it is no link."""
    try:
        return os.readlink(name, dir_fd=fd)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from error
        raise
