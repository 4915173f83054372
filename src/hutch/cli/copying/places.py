"""Which file a copy goes to, and under which name: the rules of ``docker cp``. Nothing is read or written here but the
kinds of files.

A place that is asked for with a final ``/`` or ``/.`` is a folder; ``/.`` at the end of the source means what is in it.
"""

from __future__ import annotations

import os
import stat

from hutch.cli.errors import CommandError

_LINKS = 10  # that a destination may consist of


class Place:
    """One end of a copy. ``name`` is what the archive is to call it, if not by its own last name."""

    __slots__ = ("exists", "folder", "name", "path")

    def __init__(self, path: str, *, exists: bool = True, folder: bool = False, name: str = "") -> None:
        self.path = path
        self.exists = exists
        self.folder = folder
        self.name = name


def split(word: str) -> tuple[str, str]:
    """(container, path) of an argument; no container for what is a path of this machine."""
    if word.startswith("/"):
        return "", word
    container, colon, path = word.partition(":")
    if not colon or container.startswith("."):
        return "", word
    return container, path


def wants_contents(path: str) -> bool:
    """Whether it ends in ``.`` as a name: what is in the folder."""
    return path.rpartition("/")[2] == "." or not path


def wants_folder(path: str) -> bool:
    """Whether it can only be a folder."""
    return path.endswith("/") or wants_contents(path)


def parted(path: str) -> tuple[str, str]:
    """(folder, last name) of a path, the name ``.`` for what is in a folder."""
    clean = os.path.normpath(path)
    if clean.startswith("//"):
        clean = clean[1:]
    if wants_contents(path):
        return clean, "."
    return os.path.dirname(clean) or ".", os.path.basename(clean) or clean


def absolute(path: str) -> str:
    """The path from this machine's root, cleaned, with its final ``/`` or ``/.``."""
    clean = os.path.normpath(os.path.join(os.getcwd(), path))
    if wants_contents(path) and not clean.endswith("/."):
        return clean.rstrip("/") + "/."
    return clean + "/" if path.endswith("/") and clean != "/" else clean


def followed(asked: str, target: str) -> tuple[str, str]:
    """(path, name) of a link's target that stands for what was asked for, which gives the archive its name."""
    if wants_contents(asked) and not wants_contents(target):
        target += "/."
    if asked.endswith("/") and not target.endswith("/"):
        target += "/"
    wanted = last(asked)
    return target, wanted if wanted != last(target) else ""


def last(path: str) -> str:
    """The last name as a person sees it: of ``a/`` it is ``a``, of ``a/.`` it is ``.``."""
    return path.rstrip("/").rpartition("/")[2] or "/"


def source(path: str, *, follow: bool) -> Place:
    """A file of this machine to copy from. Raises CommandError."""
    path = absolute(path)
    try:
        if follow:
            real, name = followed(path, os.path.realpath(path, strict=True))
        else:
            above, _, base = path.rpartition("/")
            real = os.path.realpath(above or "/", strict=True).rstrip("/") + "/" + base
            name = last(path) if path.endswith("/") and last(path) != last(real) else ""
        return Place(real, folder=stat.S_ISDIR(os.lstat(real).st_mode), name=name)
    except OSError as error:
        problem = (error.strerror or "").lower()
        where = os.fsdecode(error.filename or path)
        raise CommandError(f"lstat {where}: {problem}" if isinstance(error, FileNotFoundError) else problem) from None


def destination(path: str) -> Place:
    """A place on this machine to copy to; links are followed, the folder it is in must exist. Raises CommandError."""
    asked = path
    for _ in range(_LINKS + 1):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            break
        except OSError as error:
            raise CommandError(f"lstat {path}: {(error.strerror or '').lower()}") from None
        if not stat.S_ISLNK(mode):
            return Place(path, folder=stat.S_ISDIR(mode))
        path = os.path.join(parted(path)[0], os.readlink(path))
    else:
        raise CommandError(f"too many symlinks in {asked}")
    above = parted(path)[0]
    try:
        if not stat.S_ISDIR(os.stat(above).st_mode):
            raise CommandError("not a directory")
    except OSError as error:
        raise CommandError(f"stat {above}: {(error.strerror or '').lower()}") from None
    return Place(path, exists=False)


def plan(what: Place, where: Place) -> tuple[str, str]:
    """(folder to unpack in, first name of everything in the archive). Pure. Raises CommandError for what cannot be."""
    own = what.name or parted(what.path)[1]
    if where.exists and where.folder:
        return where.path, own
    if where.exists and what.folder:
        raise CommandError("cannot copy directory")
    if not where.exists and not what.folder and wants_folder(where.path):
        raise CommandError("no such directory")
    return parted(where.path)
