"""Walking a tree of files that somebody else may be changing, alone or beside the tree it came from.

Everything goes by descriptors: a folder is entered from the descriptor of the one above, a file is held by an
``O_PATH`` descriptor before anything is asked of it, no link is followed. So nothing outside the tree is ever seen, and
nothing is opened that is not what it was taken for. The order is that of ``find`` with sorted names: a folder, all that
is in it, then its next sibling.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator

from hutch.linux import xattr
from hutch.linux.paths import RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, openat2

ADDED, MODIFIED, DELETED, SAME = "added", "modified", "deleted", "same"
OPAQUE = "trusted.overlay.opaque"
CAPABILITY = "security.capability"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NODE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN = 64  # folders held open; those above the deepest ones are found again by path
MARKS = frozenset((b".wh..opq", b".wh..wh..opq"))
"""What fuse-overlayfs puts into an opaque folder beside the attribute."""
_COMPARED = ("st_mode", "st_uid", "st_gid", "st_rdev")


class Found:
    """One entry; ``fd`` (``O_PATH``, the walk's own, -1 for what is not there) is good until the next one.

    ``old`` is what the lower tree has there, if anything.
    """

    __slots__ = ("fd", "kind", "old", "path", "status")

    def __init__(self, kind: str, path: bytes, fd: int, status: os.stat_result, old: os.stat_result | None) -> None:
        self.kind = kind
        self.path = path
        self.fd = fd
        self.status = status
        self.old = old

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def whiteout(self) -> bool:
        """Whether it is overlayfs's mark of something removed."""
        return stat.S_ISCHR(self.status.st_mode) and self.status.st_rdev == 0

    @property
    def opaque(self) -> bool:
        """Whether it is a folder that hides what lower layers have in it."""
        return attribute(self.fd, OPAQUE) == b"y"


class _Level:
    """A folder that is being walked through."""

    __slots__ = ("beside", "fd", "gone", "lower", "names", "path")

    def __init__(self, path: bytes, fd: int, lower: int, *, opaque: bool = False, overlay: bool = False) -> None:
        self.path = path
        self.fd = fd
        self.lower = lower
        self.beside = lower >= 0
        try:
            names = {os.fsencode(name) for name in os.listdir(fd)}
            if overlay:
                names -= MARKS
            self.gone: set[bytes] = set()
            if lower >= 0 and (opaque or not overlay):
                self.gone = {os.fsencode(name) for name in os.listdir(lower)} - names
        except OSError:
            self.close()
            raise
        self.names = sorted(names | self.gone, reverse=True)

    @classmethod
    def entered(cls, path: bytes, folder: int, lower: int, *, opaque: bool = False, overlay: bool = False) -> _Level:
        """The level of the folder at the descriptor; ``lower``, which is ours from now on, lies beside it."""
        try:
            fd = os.open(b".", _FOLDER, dir_fd=folder)
        except OSError:
            if lower >= 0:
                os.close(lower)
            raise
        return cls(path, fd, lower, opaque=opaque, overlay=overlay)

    def below(self, name: bytes) -> bytes:
        return self.path + b"/" + name if self.path else name

    def close(self) -> None:
        for fd in (self.fd, self.lower):
            if fd >= 0:
                os.close(fd)
        self.fd = self.lower = -1


def _everywhere(_: Found) -> bool:
    return True


class Walk:
    """Iterate once over the tree at the descriptor ``root``; give ``lower``, and every entry is compared with that.

    With ``overlay`` the tree is an upper folder of overlayfs over ``lower``: marks are what tells of removals. Without,
    both trees are complete. ``enter(found)`` says whether to go into a folder. What vanishes meanwhile is left out.
    """

    def __init__(
        self, root: int, lower: int = -1, *, overlay: bool = False, enter: Callable[[Found], bool] = _everywhere
    ) -> None:
        self._root = root
        self._base = lower
        self._overlay = overlay
        self._enter = enter
        self._levels: list[_Level] = []

    def __iter__(self) -> Iterator[Found]:
        try:
            lower = os.open(b".", _FOLDER, dir_fd=self._base) if self._base >= 0 else -1
            self._levels.append(_Level.entered(b"", self._root, lower, overlay=self._overlay))
            while self._levels:
                level = self._levels[-1]
                if not level.names:
                    level.close()
                    self._levels.pop()
                    continue
                if level.fd < 0:
                    self._reopen(level)
                yield from self._one(level, level.names.pop())
        finally:
            for level in self._levels:
                level.close()

    def _one(self, level: _Level, name: bytes) -> Iterator[Found]:
        path = level.below(name)
        if name in level.gone:
            was = os.stat(name, dir_fd=level.lower, follow_symlinks=False)
            yield Found(DELETED, path, -1, was, was)
            return
        try:
            node = os.open(name, _NODE, dir_fd=level.fd)
        except FileNotFoundError:
            return
        try:
            found = Found(ADDED, path, node, os.fstat(node), _status(level.lower, name))
            if self._overlay and found.whiteout:
                found.kind = DELETED
            elif found.old is not None:
                found.kind = SAME if _same(found, found.old, level.lower, name) else MODIFIED
            yield found
            if found.folder and self._enter(found):
                below = found.old is not None and stat.S_ISDIR(found.old.st_mode)
                self._descend(found, os.open(name, _FOLDER, dir_fd=level.lower) if below else -1)
        finally:
            os.close(node)

    def _descend(self, found: Found, lower: int) -> None:
        opaque = self._overlay and lower >= 0 and found.opaque
        self._levels.append(_Level.entered(found.path, found.fd, lower, opaque=opaque, overlay=self._overlay))
        if len(self._levels) > _OPEN:
            self._levels[-_OPEN].close()

    def _reopen(self, level: _Level) -> None:
        level.fd = _at(self._root, level.path)
        level.lower = _at(self._base, level.path) if level.beside else -1


def _at(root: int, path: bytes) -> int:
    return openat2(root, path or b".", _FOLDER, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)


def _status(folder: int, name: bytes) -> os.stat_result | None:
    if folder < 0:
        return None
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _same(found: Found, old: os.stat_result, lower: int, name: bytes) -> bool:
    """Whether an entry is what the lower tree has, as Docker compares: a folder's time and size say nothing."""
    new = found.status
    if any(getattr(new, key) != getattr(old, key) for key in _COMPARED):
        return False
    if not stat.S_ISDIR(new.st_mode) and (new.st_size, new.st_mtime_ns) != (old.st_size, old.st_mtime_ns):
        return False
    if stat.S_ISLNK(new.st_mode):
        return os.readlink(b"", dir_fd=found.fd) == os.readlink(name, dir_fd=lower)
    return attribute(found.fd, CAPABILITY) == xattr.get_at(lower, name, CAPABILITY)


def attribute(node: int, name: str) -> bytes | None:
    """The extended attribute of what the descriptor is of, ``O_PATH`` or not; None if it has none. Raises OSError."""
    try:
        return os.getxattr(b"/proc/self/fd/%d" % node, name)
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP):
            return None
        raise
