"""A user as people write it, resolved by the container's own /etc/passwd and /etc/group.

The files belong to the image and are read as hostile data: in the root only, regular files only, at most 10 MB. A
number is a number and never looked up as a name, a name is never guessed to be uid 0 (CVE-2024-40635,
CVE-2026-46680), and the primary group is among the supplementary ones as after a login (CVE-2022-36109).
"""

from __future__ import annotations

import os
import stat

from hutch.linux import paths
from hutch.model.errors import Invalid

MAX_ID = 2**31 - 1
_MAX_FILE = 10 * 1024 * 1024
_MAX_LINES = 100_000


def resolve_user(root_fd: int, spec: str, extra_groups: tuple[str, ...] = ()) -> tuple[int, int, list[int], str]:
    """(uid, gid, supplementary gids, home) of ``spec``: "", "name", "uid", "name:group", "uid:gid" or a mixture.

    ``extra_groups`` are further groups by name or number. Without a group in ``spec`` the groups that list the user
    count too. Raises Invalid, with Docker's texts, for what is out of range or not found.
    """
    root = paths.Root(root_fd)
    passwd = parse_passwd(read_small(root, "etc/passwd"))
    groups = parse_group(read_small(root, "etc/group"))
    return resolve(spec, extra_groups, passwd, groups)


def home_of(root_fd: int, uid: int) -> str:
    """The home folder of a user id: "/" for one without entry, as for a user without folder. Raises Invalid."""
    for _, number, _, home in parse_passwd(read_small(paths.Root(root_fd), "etc/passwd")):
        if number == uid:
            return home or "/"
    return "/"


def resolve(
    spec: str,
    extra_groups: tuple[str, ...],
    passwd: list[tuple[str, int, int, str]],
    groups: list[tuple[str, int, tuple[str, ...]]],
) -> tuple[int, int, list[int], str]:
    """:func:`resolve_user` on parsed files. Pure."""
    user, colon, group = spec.partition(":")
    uid, gid, home, name = _user(user or "0", passwd)
    if colon and group:
        gid = _group(group, groups)
        listed: list[int] = []
    else:
        listed = [number for _, number, members in groups if name and name in members]
    supplementary = [gid]
    for number in [*listed, *(_group(each, groups) for each in extra_groups)]:
        if number not in supplementary:
            supplementary.append(number)
    return uid, gid, supplementary, home


def _user(user: str, passwd: list[tuple[str, int, int, str]]) -> tuple[int, int, str, str]:
    """(uid, gid, home, name) of the user part."""
    number = number_of(user)
    for name, uid, gid, home in passwd:
        if name == user if number is None else uid == number:
            return uid, gid, home or "/", name
    if number is None:
        raise Invalid(f"unable to find user {user}: no matching entries in passwd file")
    return number, 0, "/root" if number == 0 else "/", ""


def _group(group: str, groups: list[tuple[str, int, tuple[str, ...]]]) -> int:
    number = number_of(group)
    if number is not None:
        return number
    for name, gid, _ in groups:
        if name == group:
            return gid
    raise Invalid(f"unable to find group {group}: no matching entries in group file")


def number_of(text: str) -> int | None:
    """The id that ``text`` is, or None if it is a name. Raises Invalid for a number that is no id.

    Whatever looks like a number (a sign and digits, digits of any script) must be one in range: it is never tried as
    a name, for which an image could have an entry.
    """
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not digits or not digits.isdigit():
        return None
    if digits is not text or not digits.isascii() or len(digits) > 20 or int(digits) > MAX_ID:
        raise Invalid(f"uids and gids must be in range 0-{MAX_ID}")
    return int(digits)


def read_small(root: paths.Root, path: str) -> str:
    """The text of a regular file in the root; "" if there is none. Raises Invalid for a special or huge file."""
    try:
        fd = root.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as err:
        if err.errno in (2, 20):
            return ""
        raise Invalid(f"/{path}: {err.strerror}") from err
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise Invalid(f"/{path} is not a regular file")
        if status.st_size > _MAX_FILE:
            raise Invalid(f"/{path} is larger than 10 MB")
        chunks: list[bytes] = []
        left = _MAX_FILE
        while left > 0 and (chunk := os.read(fd, min(left, 1 << 20, status.st_size + 1))):
            chunks.append(chunk)
            left -= len(chunk)
        return b"".join(chunks).decode("utf-8", "surrogateescape")
    finally:
        os.close(fd)


def parse_passwd(text: str) -> list[tuple[str, int, int, str]]:
    """(name, uid, gid, home) of each sound line (passwd(5)). Lines with ids out of range are left out. Pure."""
    result: list[tuple[str, int, int, str]] = []
    for line in text.split("\n", _MAX_LINES)[:_MAX_LINES]:
        fields = line.strip().split(":")
        if (
            len(fields) >= 4
            and fields[0]
            and (uid := _id(fields[2])) is not None
            and (gid := _id(fields[3])) is not None
        ):
            result.append((fields[0], uid, gid, fields[5] if len(fields) > 5 else ""))
    return result


def parse_group(text: str) -> list[tuple[str, int, tuple[str, ...]]]:
    """(name, gid, members) of each sound line (group(5)). Pure."""
    result: list[tuple[str, int, tuple[str, ...]]] = []
    for line in text.split("\n", _MAX_LINES)[:_MAX_LINES]:
        fields = line.strip().split(":")
        if len(fields) >= 3 and fields[0] and (gid := _id(fields[2])) is not None:
            members = fields[3].split(",") if len(fields) > 3 else []
            result.append((fields[0], gid, tuple(member for member in members if member)))
    return result


def _id(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    value = int(text)
    return value if value <= MAX_ID else None
