"""The kernel's errors in words for people, as Docker has them."""

from __future__ import annotations

import errno
import os

from hutch.model.errors import NO_FILES_HINT, NO_SPACE_HINT


def text_of(error: BaseException) -> str:
    """What went wrong, for people: our own errors as they are, the kernel's as Docker words them."""
    if not isinstance(error, OSError):
        return str(error)
    name = error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else error.filename
    where, words = f"{name}: " if name else "", (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where and 'write '}{where}{words}{_inodes(name or '')}: {NO_SPACE_HINT}"
    return f"{where}{words}: {NO_FILES_HINT}" if error.errno == errno.EMFILE else where + words


def _inodes(path: str) -> str:
    """Whether it is not room that the file system of ``path`` lacks, but files that it may have (statvfs(3))."""
    if not path.startswith("/"):
        return ""
    try:
        found = os.statvfs(os.path.dirname(path))
    except OSError:
        return ""
    return f" (all {found.f_files} inodes are taken)" if found.f_files and not found.f_favail else ""
