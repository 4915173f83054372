from __future__ import annotations

import errno
import os

from hutch.linux.reasons import text_of
from hutch.model.errors import Conflict


def _error(number: int, path: str | bytes | None = None) -> OSError:
    return OSError(number, os.strerror(number), path) if path is not None else OSError(number, os.strerror(number))


def test_our_own_are_as_they_are() -> None:
    assert text_of(Conflict("in use")) == "in use"


def test_the_kernels_are_worded_as_dockers() -> None:
    assert text_of(_error(errno.ENOENT, "/a")) == "/a: no such file or directory"
    assert text_of(_error(errno.ENOENT, b"a\xff")) == "a\N{REPLACEMENT CHARACTER}: no such file or directory"
    assert text_of(_error(errno.EPERM)) == "operation not permitted"


def test_what_is_full_or_used_up_is_told() -> None:
    assert text_of(_error(errno.ENOSPC, "/a/b")).startswith("write /a/b: no space left on device: remove containers")
    assert text_of(_error(errno.ENOSPC)).startswith("no space left on device: ")
    assert text_of(_error(errno.EMFILE, "/a")).startswith("/a: too many open files: hutchd has as many as")
