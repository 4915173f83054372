"""Id maps of user namespaces (user_namespaces(7))."""

from __future__ import annotations

import os

from hutch.linux import namespaces, process

Maps = tuple[tuple[int, int, int], ...]


def write(pid: int, uid_map: Maps, gid_map: Maps) -> None:
    """Write the maps of the user namespace that process ``pid`` has just made.

    An unprivileged writer may map only itself, and only after giving up setgroups(2). Raises OSError.
    """
    if uid_map:
        _put(f"/proc/{pid}/uid_map", text(uid_map))
    if gid_map:
        if os.geteuid() != 0:
            _put(f"/proc/{pid}/setgroups", "deny")
        _put(f"/proc/{pid}/gid_map", text(gid_map))


def text(maps: Maps) -> str:
    """The maps as the kernel reads them. Pure."""
    return "".join(f"{inside} {outside} {size}\n" for inside, outside, size in maps)


def _put(path: str, value: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, value.encode())
    except OSError as err:
        raise OSError(err.errno, err.strerror, path) from None
    finally:
        os.close(fd)


def namespace_with(uid_map: Maps, gid_map: Maps) -> int:
    """A descriptor of a user namespace with these maps, for an idmapped mount. Raises OSError."""
    read, write_end = os.pipe()
    pid, pidfd = process.clone3(namespaces.CLONE_NEWUSER)
    if pid == 0:
        os.close(write_end)
        os.read(read, 1)
        os._exit(0)
    os.close(read)
    try:
        write(pid, uid_map, gid_map)
        return os.open(namespaces.path(pid, "user"), os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(write_end)
        os.waitpid(pid, 0)
        os.close(pidfd)
