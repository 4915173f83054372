"""Unpacking an archive into a folder, by directory descriptors only.

No name of the archive is ever resolved by path from the outside: parents are opened one component at a time with
``O_NOFOLLOW`` and kept; a parent that is a symbolic link is resolved by ``openat2`` inside the root; the last
component is always made new (``O_EXCL``) or acted on without following. So links, swapped parents and ``..`` stay in.

Whiteouts (OCI image spec, layer) become what the storage driver wants: overlayfs's own marks, or real removals.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from hutch.images.tar import lower
from hutch.linux import paths, xattr
from hutch.linux.paths import Root
from hutch.model.errors import Invalid, System
from hutch.model.limits import DEFAULT, Limits
from hutch.model.tar import header
from hutch.model.tar.header import Entry
from hutch.model.tar.reader import Reader, clean, text

Whiteouts = Literal["overlay", "remove", "literal"]
Lowers = Callable[[], Sequence[str]]

WHITEOUT = b".wh."
OPAQUE = b".wh..wh..opq"
_META = b".wh..wh."  # aufs's own files; skipped as the spec says
_OPAQUE_XATTR = lower.OPAQUE

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_KEPT = 128  # directory descriptors kept open
_MAJOR, _MINOR = 1 << 12, 1 << 20  # what the kernel's dev_t holds


class Manner(NamedTuple):
    """How a copy is unpacked among files that are there already."""

    keep_kinds: bool = False
    """A folder is not replaced by something else, nor something else by a folder."""
    owner: tuple[int, int] | None = None
    """Whose everything becomes, instead of what the archive says."""


class Extractor:
    """Unpacks one archive into one folder; use once."""

    def __init__(
        self,
        folder: str | int,
        whiteouts: Whiteouts = "literal",
        limits: Limits = DEFAULT,
        lowers: Lowers | None = None,
        *,
        scope: tuple[Root, bytes] | None = None,
        manner: Manner | None = None,
    ) -> None:
        """``folder`` must exist; what is in it already may be anything (a copy of a hostile lower layer).

        ``lowers`` gives the folders of the layers below, uppermost first, if ``folder`` does not hold a copy of them;
        it is called when something of theirs is needed, and may wait until that is there.
        A descriptor is owned from then on. ``scope`` is the root that the folder belongs to and its path there, if it
        is not one itself: links among its folders lead anywhere in there. With a ``manner`` the folder itself stays
        as it is.
        """
        self.size = 0
        """Bytes of regular files and link targets unpacked, as Docker counts the size of a layer."""

        self.rooted = False
        """Whether the archive said how the folder itself looks."""

        self._limits = limits
        self._lowers = lowers
        self._whiteouts = whiteouts
        self._umask = current_umask()  # before anything is held
        self._root = Root(os.open(folder, _FOLDER) if isinstance(folder, str) else folder)
        self._scope = scope or (self._root, b"")
        self._manner = manner
        self._fds: dict[bytes, int] = {}
        self._times: list[tuple[bytes, int]] = []
        self._made: set[bytes] = set()  # what this layer made: its own whiteouts do not apply to it
        self._gone: set[bytes] = set()  # what this layer removed
        self._ids = (os.geteuid(), os.getegid())
        # A file that is made in a folder with the set-group-ID bit begins with the folder's group (inode(7)).
        self._groups = whiteouts != "overlay" or bool(os.fstat(self._root.fd).st_mode & stat.S_ISGID)

    def run(self, reader: Reader) -> None:
        """Unpack everything; the folder's times are set last. Raises Invalid, OSError; what was unpacked stays."""
        try:
            for entry in reader:
                self._entry(reader, entry)
            self._set_times()
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EISDIR):
                raise Invalid(f"archive cannot be unpacked: {error}") from error
            raise
        finally:
            self._forget()
            self._root.close()

    def _entry(self, reader: Reader, entry: Entry) -> None:
        path = clean(entry.name, self._limits)
        if not path:
            if entry.kind == header.FOLDER and self._manner is None:
                self.rooted = True
                self._attributes(self._root.fd, b".", entry)
                self._times.append((b"", entry.mtime))
            return
        if self._manner is not None and self._manner.owner is not None:
            entry.uid, entry.gid = self._manner.owner
        above, _, name = path.rpartition(b"/")
        if self._whiteouts != "literal" and b".wh." in path:
            if _META in path and name != OPAQUE:
                return
            if name.startswith(WHITEOUT):
                self._whiteout(above, name)
                return
            if any(part.startswith(WHITEOUT) for part in above.split(b"/")):
                raise Invalid(f"{text(path)}: a name may not begin with .wh.")
        parent = self._folder(above)
        try:
            self._make(reader, entry, parent, name, path)
        except FileExistsError:
            if self._take_away(entry, parent, name, path):
                parent = self._folder(above)  # the kept descriptors may have been closed
                self._make(reader, entry, parent, name, path)
        self._made_now(entry, parent, name, path)

    def _made_now(self, entry: Entry, parent: int, name: bytes, path: bytes) -> None:
        if self._whiteouts == "remove":
            self._made.add(path)
        if path in self._gone:
            self._gone.discard(path)
            if entry.kind == header.FOLDER:  # it replaces the lower folder instead of merging with it
                xattr.set_at(parent, name, _OPAQUE_XATTR, b"y")

    def _take_away(self, entry: Entry, parent: int, name: bytes, path: bytes) -> bool:
        """Make room for ``entry`` where something is; False if it is a folder over a folder, which is merged."""
        there = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if self._manner is not None:
            if self._manner.keep_kinds:
                self._check_kinds(entry, there, path)
            if entry.kind != header.FOLDER or not stat.S_ISDIR(there.st_mode):
                self._check_no_mount(parent, name, path)
        if stat.S_ISDIR(there.st_mode):
            if entry.kind == header.FOLDER:
                self._folder_attributes(entry, parent, name, path)
                return False
            self._forget()
            parent = self._folder(path.rpartition(b"/")[0])
        remove_tree(parent, name)
        return True

    def _check_kinds(self, entry: Entry, there: os.stat_result, path: bytes) -> None:
        """Raise System, in dockerd's words, where a folder and something else would replace each other."""
        where = b"/" + self._scope[1].strip(b"/")
        full = os.fsdecode(where.rstrip(b"/") + b"/" + path)
        if stat.S_ISDIR(there.st_mode) and entry.kind != header.FOLDER:
            raise System(f'cannot overwrite directory "{full}" with non-directory "{os.fsdecode(where)}"')
        if entry.kind == header.FOLDER and not stat.S_ISDIR(there.st_mode):
            raise System(f'cannot overwrite non-directory "{full}" with directory "{os.fsdecode(where)}"')

    def _check_no_mount(self, parent: int, name: bytes, path: bytes) -> None:
        """Raise System where something is mounted: unlink(2) from outside of the container's mount namespace would
        unmount it."""
        node = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            mounted = mount_id(node) != mount_id(parent)
        finally:
            os.close(node)
        if mounted:
            where = os.fsdecode(b"/" + (self._scope[1].strip(b"/") + b"/" + path).lstrip(b"/"))
            raise System(f"unlinkat {where}: device or resource busy")

    def _make(self, reader: Reader, entry: Entry, parent: int, name: bytes, path: bytes) -> None:
        """Make the entry, or raise FileExistsError before having read any of its content."""
        kind = entry.kind
        if kind == header.REGULAR:
            self._file(reader, entry, parent, name)
        elif kind == header.FOLDER:
            os.mkdir(name, entry.mode & 0o777, dir_fd=parent)
            self._folder_attributes(entry, parent, name, path)
        elif kind == header.SYMLINK:
            if not entry.link:
                raise Invalid(f"{text(path)}: symbolic link to nothing")
            os.symlink(entry.link, name, dir_fd=parent)
            self.size += len(entry.link)  # as Docker counts
            self._attributes(parent, name, entry)
            os.utime(name, ns=(entry.mtime, entry.mtime), dir_fd=parent, follow_symlinks=False)
        elif kind == header.HARDLINK:
            self._hard_link(entry, parent, name, path)
        elif kind in header.NODES:
            if not 0 <= entry.major < _MAJOR or not 0 <= entry.minor < _MINOR:
                raise Invalid(f"{text(path)}: device number {entry.major}:{entry.minor} is out of range")
            os.mknod(
                name, header.NODES[kind] | (entry.mode & 0o777), os.makedev(entry.major, entry.minor), dir_fd=parent
            )
            self._attributes(parent, name, entry)
            os.utime(name, ns=(entry.mtime, entry.mtime), dir_fd=parent, follow_symlinks=False)
        else:
            raise Invalid(f"{text(path)}: tar entry type {kind!r} is not supported")

    def _file(self, reader: Reader, entry: Entry, parent: int, name: bytes) -> None:
        mode = entry.mode & 0o7777
        fd = os.open(name, _NEW, mode & 0o777, dir_fd=parent)
        try:
            reader.copy(entry, fd)
            self.size += entry.real_size
            if self._groups or (entry.uid, entry.gid) != self._ids:
                os.fchown(fd, entry.uid, entry.gid)
            if entry.xattrs:
                set_xattrs(entry, lambda key, value: os.setxattr(fd, key, value))
            if mode & (self._umask | 0o7000):
                os.fchmod(fd, mode)
            os.utime(fd, ns=(entry.mtime, entry.mtime))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=parent)  # half a file is not to pass for the whole one
            raise
        finally:
            os.close(fd)

    def _hard_link(self, entry: Entry, parent: int, name: bytes, path: bytes) -> None:
        target = clean(entry.link, self._limits)
        if not target or target == path:
            raise Invalid(f"{text(path)}: hard link to {text(entry.link) or 'nothing'}")
        above, _, last = target.rpartition(b"/")
        try:
            # The target's folder may push the link's own descriptor out of the cache: hold a copy.
            held = os.dup(parent)
            try:
                source = self._folder(above, make=False)
                os.link(last, name, src_dir_fd=source, dst_dir_fd=held, follow_symlinks=False)
            finally:
                os.close(held)
        except (FileNotFoundError, PermissionError) as error:
            raise Invalid(f"{text(path)}: hard link to {text(target)}, which is no file of the archive") from error

    def _folder_attributes(self, entry: Entry, parent: int, name: bytes, path: bytes) -> None:
        self._attributes(parent, name, entry)
        self._times.append((path, entry.mtime))

    def _attributes(self, parent: int, name: bytes, entry: Entry) -> None:
        """Owner, extended attributes and mode of what is not a regular file. Owner first: chown clears mode bits."""
        there = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if (there.st_uid, there.st_gid) != (entry.uid, entry.gid):
            os.chown(name, entry.uid, entry.gid, dir_fd=parent, follow_symlinks=False)
        if entry.xattrs:
            set_xattrs(entry, lambda key, value: xattr.set_at(parent, name, key, value))
        mode = entry.mode & 0o7777
        self._groups |= bool(mode & stat.S_ISGID)
        if stat.S_IMODE(there.st_mode) != mode and not stat.S_ISLNK(there.st_mode):
            # By descriptor: in a running container it may be a link by now, and chmod(2) would follow it to the host.
            node = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
            try:
                if not stat.S_ISLNK(os.fstat(node).st_mode):
                    paths.chmod(node, mode, name)
            finally:
                os.close(node)

    # Whiteouts

    def _whiteout(self, above: bytes, name: bytes) -> None:
        if name == OPAQUE:
            self._opaque(above)
            return
        hidden = name[len(WHITEOUT) :]
        if hidden in (b"", b".", b".."):
            raise Invalid(f"{text(name)} removes nothing that has a name")
        path = above + b"/" + hidden if above else hidden
        parent = self._folder(above)
        if self._whiteouts == "remove":
            if path in self._made:
                self._remove_not_made(path)
            else:
                self._forget_below(path)
                remove_tree(parent, hidden)
            return
        try:
            os.mknod(hidden, stat.S_IFCHR, 0, dir_fd=parent)
            self._gone.add(path)
        except FileExistsError:
            # The layer has made it itself already: the whiteout is about what lies below.
            if stat.S_ISDIR(os.stat(hidden, dir_fd=parent, follow_symlinks=False).st_mode):
                xattr.set_at(parent, hidden, _OPAQUE_XATTR, b"y")

    def _opaque(self, path: bytes) -> None:
        fd = self._folder(path)
        if self._whiteouts == "overlay":
            os.setxattr(fd, _OPAQUE_XATTR, b"y")
        else:
            self._remove_not_made(path)

    def _remove_not_made(self, path: bytes) -> None:
        """Remove what lower layers have in a folder and this layer has not."""
        prefix = path + b"/" if path else b""
        needed = {p for p in self._made if p.startswith(prefix)}
        keep = {p[len(prefix) :].split(b"/", 1)[0] for p in needed}
        try:
            fd = self._folder(path, make=False)
        except (FileNotFoundError, NotADirectoryError, Invalid):
            return
        names = [os.fsencode(n) for n in os.listdir(fd)]
        self._forget()
        fd = self._folder(path, make=False)
        for name in names:
            if name not in keep:
                remove_tree(fd, name)
                fd = self._folder(path, make=False)
        for name in names:
            below = prefix + name
            if name in keep and below not in self._made:
                self._remove_not_made(below)

    # Directory descriptors

    def _folder(self, path: bytes, *, make: bool = True) -> int:
        """The descriptor of a folder of the archive, which stays ours; made with its parents where missing."""
        if not path:
            return self._root.fd
        known = self._fds.get(path)
        if known is not None:
            return known
        if len(self._fds) >= _KEPT:
            self._forget()
        above, _, name = path.rpartition(b"/")
        parent = self._folder(above, make=make)
        try:
            fd = os.open(name, _FOLDER, dir_fd=parent)
        except FileNotFoundError:
            if not make:
                raise
            os.mkdir(name, 0o755, dir_fd=parent)
            self._inherit(path, parent, name)
            fd = os.open(name, _FOLDER, dir_fd=parent)
        except NotADirectoryError:
            there = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISCHR(there.st_mode) and path in self._gone and make:
                # The layer removed it and now puts something below it: a new folder over what is hidden.
                os.unlink(name, dir_fd=parent)
                os.mkdir(name, 0o755, dir_fd=parent)
                xattr.set_at(parent, name, _OPAQUE_XATTR, b"y")
                self._gone.discard(path)
                fd = os.open(name, _FOLDER, dir_fd=parent)
            elif stat.S_ISLNK(there.st_mode):
                fd = self._through_link(path, make)
            else:
                raise Invalid(f"{text(path)} is not a folder, and something is to be unpacked into it") from None
        self._fds[path] = fd
        return fd

    def _inherit(self, path: bytes, parent: int, name: bytes) -> None:
        """A folder that the archive does not list (or lists later) looks like that of the lower layers, if any."""
        found = None if self._lowers is None or self._covered(path) else lower.find(self._lowers(), path)
        if found is None:
            os.chmod(name, 0o755, dir_fd=parent)
            return
        lower.apply(found, parent, name)
        self._groups |= bool(found.mode & stat.S_ISGID)
        self._times.append((path, found.mtime))

    def _covered(self, path: bytes) -> bool:
        """Whether this layer hides all that is below the parents of ``path``."""
        above = path.rpartition(b"/")[0]
        return lower.is_opaque(self._folder(above)) or (above != b"" and self._covered(above))

    def _through_link(self, path: bytes, make: bool) -> int:
        """A folder whose path has a symbolic link: resolved by the kernel inside the root."""
        root, above = self._scope
        path = above + b"/" + path if above else path
        try:
            return root.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            if not make:
                raise
        os.close(root.mkdirs(path))
        return root.open(path, os.O_RDONLY | os.O_DIRECTORY)

    def _forget(self) -> None:
        """Close the kept descriptors: what they name may be about to change, or there are too many."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def _forget_below(self, path: bytes) -> None:
        for known in [p for p in self._fds if p == path or p.startswith(path + b"/")]:
            os.close(self._fds.pop(known))

    def _set_times(self) -> None:
        """Folders' times last: everything made in them changed them. Follows no link, skips what is gone."""
        self._forget()
        for path, mtime in reversed(self._times):
            above, _, name = path.rpartition(b"/")
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, Invalid):
                parent = self._folder(above, make=False)
                if not path:
                    os.utime(b".", ns=(mtime, mtime), dir_fd=parent)
                elif stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                    os.utime(name, ns=(mtime, mtime), dir_fd=parent, follow_symlinks=False)


def set_xattrs(entry: Entry, setter: Callable[[str, bytes], object]) -> None:
    """Set the attributes that an image may bring. overlayfs's own are left out: they would redirect whole folders.

    A file system without attributes, or that refuses ``user.`` ones on links and nodes, loses them as it does with
    Docker. Raises OSError.
    """
    for key, value in entry.xattrs.items():
        space = key.partition(".")[0]
        if key.startswith(("trusted.overlay.", "user.overlay.")) or "\0" in key:
            continue
        if space not in ("user", "trusted") and key not in _ATTRIBUTES:
            continue
        try:
            setter(key, value)
        except OSError as error:
            if error.errno != errno.ENOTSUP and not (error.errno == errno.EPERM and space == "user"):
                raise Invalid(f"{text(entry.name)}: attribute {key!r}: {error.strerror}") from error


_ATTRIBUTES = frozenset(
    {"security.capability", "security.ima", "security.evm", "system.posix_acl_access", "system.posix_acl_default"}
)


def remove_tree(parent: int, name: bytes) -> None:
    """Remove ``name`` in the folder ``parent`` with all that is in it; follows no link, needs no recursion limit."""
    try:
        os.unlink(name, dir_fd=parent)
        return
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        pass
    fds = [parent]
    names = [name]
    try:
        while names:
            fd = os.open(names[-1], _FOLDER, dir_fd=fds[-1])
            below = None
            for text_name in os.listdir(fd):
                child = os.fsencode(text_name)
                try:
                    os.unlink(child, dir_fd=fd)
                except (IsADirectoryError, PermissionError):
                    below = child
                    break
            if below is not None:
                fds.append(fd)
                names.append(below)
                continue
            os.close(fd)
            os.rmdir(names.pop(), dir_fd=fds[-1])
            if len(fds) > 1:
                os.close(fds.pop())
                # The folder above is listed anew: unlike recursion, that needs neither stack nor memory.
    finally:
        for fd in fds[1:]:
            os.close(fd)


def mount_id(fd: int) -> bytes:
    """What tells the mounts of two descriptors apart (proc_pid_fdinfo(5))."""
    with open(f"/proc/self/fdinfo/{fd}", "rb") as info:
        return next((line for line in info if line.startswith(b"mnt_id:")), b"")


def current_umask() -> int:
    """This process's umask, read without changing it as umask(2) would, for all threads."""
    with open("/proc/self/status", "rb") as status:
        for line in status:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    return 0o777
