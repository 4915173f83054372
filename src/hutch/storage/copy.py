"""A full copy of a tree: content, owners, modes, times, links, hard links, nodes and attributes."""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from hutch.linux import xattr
from hutch.linux.paths import RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, Root, openat2

_FICLONE = 0x40049409
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 30

Links = dict[tuple[int, int], bytes]


def copy_tree(source: str, target: str) -> None:
    """Copy what is in the folder ``source`` into the empty folder ``target``, which gets its attributes, too.

    Both must be ours alone meanwhile. Follows no link. Goes folder by folder without recursion: a tree may be deep.
    Raises OSError.
    """
    with Root(os.open(source, _FOLDER)) as above, Root(os.open(target, _FOLDER)) as made:
        links: Links = {}
        folders: list[bytes] = [b"."]
        for path in folders:  # grows while we go
            folders.extend(_copy_folder(above, made, path, links))
        for path in reversed(folders):  # from the leaves up, so that no later write touches a folder's time
            _folder_attributes(above, made, path)


def _open_folder(root: Root, path: bytes) -> int:
    return openat2(root.fd, path, _FOLDER, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)


def _copy_folder(above: Root, made: Root, path: bytes, links: Links) -> list[bytes]:
    """Copy one folder's entries; the paths of the folders in it."""
    below = []
    source = _open_folder(above, path)
    try:
        target = _open_folder(made, path)
        try:
            for text in os.listdir(source):
                name = os.fsencode(text)
                if _copy_entry(source, target, made.fd, path, name, links):
                    below.append(path + b"/" + name)
        finally:
            os.close(target)
    finally:
        os.close(source)
    return below


def _copy_entry(source: int, target: int, top: int, path: bytes, name: bytes, links: Links) -> bool:
    """Copy one entry, a folder without its content; whether it is a folder."""
    status = os.stat(name, dir_fd=source, follow_symlinks=False)
    kind, inode = stat.S_IFMT(status.st_mode), (status.st_dev, status.st_ino)
    if kind == stat.S_IFDIR:
        os.mkdir(name, 0o700, dir_fd=target)
        return True
    if inode in links:
        os.link(links[inode], name, src_dir_fd=top, dst_dir_fd=target, follow_symlinks=False)
        return False
    if kind == stat.S_IFREG:
        _copy_file(source, target, name, status.st_size)
    elif kind == stat.S_IFLNK:
        os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
    elif kind == stat.S_IFSOCK:
        return False  # a socket without its listener is nothing; images cannot hold one either
    else:
        os.mknod(name, status.st_mode, status.st_rdev, dir_fd=target)
    if status.st_nlink > 1:
        links[inode] = path + b"/" + name
    _attributes(source, target, name, status)
    return False


def _folder_attributes(above: Root, made: Root, path: bytes) -> None:
    source = _open_folder(above, path)
    try:
        target = _open_folder(made, path)
        try:
            _attributes(source, target, b".", os.fstat(source))
        finally:
            os.close(target)
    finally:
        os.close(source)


def _copy_file(source: int, target: int, name: bytes, size: int) -> None:
    """Share the blocks if the file system can, else let the kernel copy; holes stay holes as far as it keeps them."""
    reading = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=source)
    try:
        writing = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=target)
        try:
            try:
                fcntl.ioctl(writing, _FICLONE, reading)
                return
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY):
                    raise
            _copy_bytes(reading, writing, size)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_bytes(reading: int, writing: int, size: int) -> None:
    """Let the kernel move ``size`` bytes; between some file systems (out of an overlay) only sendfile(2) can."""
    left = size
    try:
        while left and (count := os.copy_file_range(reading, writing, min(left, _CHUNK))):
            left -= count
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS) or left != size:
            raise
        while left and (count := os.sendfile(writing, reading, None, min(left, _CHUNK))):
            left -= count


def _attributes(source: int, target: int, name: bytes, status: os.stat_result) -> None:
    """Owner first: chown(2) clears set-user-id bits and file capabilities."""
    os.chown(name, status.st_uid, status.st_gid, dir_fd=target, follow_symlinks=False)
    for attribute in xattr.list_at(source, name):
        value = xattr.get_at(source, name, attribute)
        if value is not None:
            xattr.set_at(target, name, attribute, value)
    if not stat.S_ISLNK(status.st_mode):
        os.chmod(name, stat.S_IMODE(status.st_mode), dir_fd=target)
    os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=target, follow_symlinks=False)
